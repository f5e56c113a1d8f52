/** Writers of one process. */
export const WRITERS = 8

/** Streams that all writers append to. */
export const SHARED_STREAMS = 12

/** Events whose transaction takes its time between drawing positions and ending. */
export const SLOW_TYPE = 'history.slow'
