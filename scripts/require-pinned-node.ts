const OLDEST_MAJOR = 24

/** Tests run on the Node that package.json pins, whatever Node the contributor has. */
const major = Number(process.versions.node.split('.')[0])
if (major < OLDEST_MAJOR)
  throw new Error(
    `tests need Node ${OLDEST_MAJOR} or newer, this is ${process.version}: run "npm ci" (without --ignore-scripts), which installs it`,
  )
