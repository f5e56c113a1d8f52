/** Where an event stands in the log of one store. Positions rise, and may have gaps. The first is 1; 0 is "before all". */
export type Position = number

/** Where an event stands in its stream: 1, 2, 3 … without gaps. 0 is "no event yet". */
export type Version = number
