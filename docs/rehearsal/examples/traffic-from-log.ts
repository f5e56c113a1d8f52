const log = `{"time":1771092000120,"url":"/checkout"}
{"time":1771092000450,"url":"/checkout"}
{"time":1771092002010,"url":"/checkout"}
{"time":1771092002480,"url":"/browse"}`

const times = log
  .split('\n')
  .map((line): { time: number; url: string } => JSON.parse(line))
  .filter(({ url }) => url === '/checkout')
  .map(({ time }) => Math.floor(time / 1_000))
const first = Math.min(...times)
const seconds = Array.from({ length: Math.max(...times) - first + 1 }, (_, offset) => offset)
const rows = seconds.map((offset) => `${offset},${times.filter((second) => second === first + offset).length}`)
process.stdout.write(`offset_s,requests\n${rows.join('\n')}\n`)
