import { avatar, byId, make } from './dom.js';

/**
 * The list of phones: linked ones first, then contacts with the latest news.
 * @param {{ accounts: any[], contacts: any[], total: number }} people @param {string | null} selected @param {(phone: string) => void} onSelect
 */
export function showPeople(people, selected, onSelect) {
  const line = (person) => {
    const about = person.linked
      ? `${person.linked.online} of ${person.linked.total} linked devices online`
      : person.readReceipts
        ? `+${person.phoneNumber}`
        : `+${person.phoneNumber} · hides views`;
    return make(
      'button',
      {
        type: 'button',
        class: 'person',
        'aria-current': person.phoneNumber === selected ? 'true' : undefined,
        'data-phone': person.phoneNumber,
        onclick: () => onSelect(person.phoneNumber),
      },
      [
        avatar(person.name, person.unseen > 0 ? 'new' : person.stories > 0 ? 'seen' : ''),
        make('span', { class: 'person-words' }, [
          make('strong', { text: person.name }),
          make('small', { text: about }),
        ]),
        person.unseen > 0 && make('span', { class: 'count', text: person.unseen, title: 'unseen stories' }),
      ],
    );
  };
  const group = (title, list, empty) =>
    make('section', {}, [
      make('h2', { text: title }),
      ...(list.length > 0 ? list.map(line) : [make('p', { class: 'quiet', text: empty })]),
    ]);
  const shown = people.contacts.length;
  const more =
    people.total > shown && make('p', { class: 'quiet', text: `${people.total - shown} more; search to find them` });
  byId('people-list').replaceChildren(
    group('Linked phones', people.accounts, 'None yet. Link a device to begin.'),
    group('Contacts', people.contacts, 'Nobody here yet.'),
    ...(more ? [more] : []),
  );
}
