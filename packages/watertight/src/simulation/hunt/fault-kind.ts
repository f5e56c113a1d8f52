/** Every kind of fault that a hunt knows, with what happens. The names stand in traces and in the plan of a replay. */
export const FAULT_KINDS: Readonly<Record<FaultKind, string>> = {
  crashBefore: 'a process dies before its request goes out',
  crashAfter: 'a process dies while its request is under way: it takes effect, and nobody hears the answer',
  pauseBefore: 'a process stands still (garbage collection, a frozen machine) before its request goes out',
  pauseAfter: 'a process stands still, and finds the answer and all its due timers when it wakes',
  requestLost: 'a request never arrives, and the caller is told that the connection broke',
  answerLost: 'a request takes effect, and the answer never arrives',
  late: 'the connection breaks, and the request arrives and takes effect long after the caller was told so',
  slow: 'a request takes long on its way there, on its way back, or both',
  duplicated: 'a request or message is delivered twice, the second time later',
  refused: 'the other side answers that it cannot at present, and does nothing',
  databaseRestart: 'the database restarts: all connections break, whatever was under way',
  diskFull: 'the database reads but cannot write for a while',
  falseHint: 'the database says that something changed when nothing did',
  clockStep: "a process's wall clock is set forward or back",
  clockSkew: "a process's wall clock is wrong from the start, and its clocks run a little fast or slow",
}

/** One kind of fault. */
export type FaultKind =
  | 'crashBefore'
  | 'crashAfter'
  | 'pauseBefore'
  | 'pauseAfter'
  | 'requestLost'
  | 'answerLost'
  | 'late'
  | 'slow'
  | 'duplicated'
  | 'refused'
  | 'databaseRestart'
  | 'diskFull'
  | 'falseHint'
  | 'clockStep'
  | 'clockSkew'

/** How likely each kind is at one place of a kind of call. */
export type FaultRates = Readonly<Partial<Record<FaultKind, number>>>

/** What befalls the process that calls, not the call: it cannot happen to a client outside of the hunted system. */
const OF_THE_CALLER: ReadonlySet<string> = new Set(['crashBefore', 'crashAfter', 'pauseBefore', 'pauseAfter'])

/** The rates for a caller that cannot die. */
export function withoutCrashes(rates: FaultRates): FaultRates {
  return Object.fromEntries(Object.entries(rates).filter(([kind]) => !OF_THE_CALLER.has(kind)))
}

/** Writes to a store. */
export const WRITE_FAULTS: FaultRates = {
  crashBefore: 0.006,
  crashAfter: 0.008,
  pauseBefore: 0.003,
  pauseAfter: 0.003,
  requestLost: 0.008,
  answerLost: 0.012,
  late: 0.006,
  slow: 0.012,
  databaseRestart: 0.003,
  diskFull: 0.002,
}

/** Reads of a store, which are many and do nothing. */
export const READ_FAULTS: FaultRates = {
  crashBefore: 0.001,
  pauseAfter: 0.002,
  requestLost: 0.006,
  slow: 0.006,
  databaseRestart: 0.0005,
}

/** Waiting for news of a store. */
export const HINT_FAULTS: FaultRates = { falseHint: 0.05, slow: 0.05 }

/** Calls of an outside participant. */
export const CALL_FAULTS: FaultRates = {
  crashBefore: 0.012,
  crashAfter: 0.02,
  pauseBefore: 0.006,
  pauseAfter: 0.006,
  requestLost: 0.025,
  answerLost: 0.03,
  late: 0.03,
  slow: 0.03,
  duplicated: 0.03,
  refused: 0.03,
}

/** Messages, which nobody answers. */
export const MESSAGE_FAULTS: FaultRates = { requestLost: 0.02, duplicated: 0.05, slow: 0.05 }

/** What befalls a process by itself, at each start of it. */
export const PROCESS_FAULTS: FaultRates = { clockStep: 0.2, clockSkew: 0.2 }
