/** How a state looks: every colour of the dashboard that says something has one of these names. */
export type Tone = 'good' | 'waiting' | 'attention' | 'bad' | 'quiet';
