/** The grain of clocks in milliseconds: what ends at a time is over just after it, and no timer is shorter. */
export const grainMs = 0.001;
