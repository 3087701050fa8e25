/** The parts of the People screen, as its address names them. */
export const peopleTabs = ['lists', 'contacts', 'tags', 'opt-outs'] as const;
export type PeopleTab = (typeof peopleTabs)[number];
