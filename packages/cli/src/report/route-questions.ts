import { about, byCause, curve, type Question, STYLE } from './question.ts'
import type { Steps } from './series.ts'

/** What is asked of one route. */
export function routeQuestions(name: string): readonly Question[] {
  const of = about(({ routes }) => routes[name])
  return [
    {
      title: 'Offered and answered',
      note: 'Goodput is what was answered well. It should stay at the capacity while more than that is offered.',
      unit: '/s',
      curves: of((route, rate) => [
        curve('offered', STYLE.asked, rate(route.offered)),
        curve('goodput', STYLE.good, rate(route.succeeded)),
        curve('failed', STYLE.bad, rate(route.failed)),
      ]),
    },
    {
      title: 'Attempts for each request',
      note: 'Where it rises, dependencies get more work than the callers have: retries and hedges, also of services further down.',
      unit: '×',
      curves: of((route) => [curve('attempts / offered', STYLE.other, ratio(route.attempts, route.offered), 'gauge')]),
    },
    {
      title: 'Latency of good answers',
      note: 'From the instant when the request was due. The axis is logarithmic.',
      unit: 'ms',
      log: true,
      curves: of((route) => [
        curve('p50', STYLE.good, route.p50Ms, 'worst'),
        curve('p99', STYLE.wait, route.p99Ms, 'worst'),
        curve('p99.9', STYLE.bad, route.p999Ms, 'worst'),
      ]),
    },
    {
      title: 'Refused, by cause',
      note: 'What the caller was told, by the code of the error.',
      unit: '/s',
      curves: of((route, rate) => byCause(route.refused, rate)),
    },
    {
      title: 'Abandoned work',
      note: 'Attempts that were given up on while they still ran: the dependency goes on for nobody.',
      unit: '/s',
      curves: of((route, rate) => [curve('abandoned', STYLE.bad, rate(route.abandoned))]),
    },
  ]
}

function ratio(over: Steps, under: Steps): Steps {
  return over.map((count, step) => {
    const base = under[step] ?? 0
    return count === null || base === 0 ? null : count / base
  })
}
