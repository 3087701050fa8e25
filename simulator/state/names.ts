import type { SeededRandom } from '../lib/random.js';

const firstNames: readonly [string, ...string[]] = [
  'Amara', 'Ben', 'Chiara', 'Deniz', 'Elena', 'Farid', 'Grace', 'Hugo', 'Ines', 'Jonas', 'Keiko', 'Liam', 'Mina',
  'Noah', 'Olga', 'Pavel', 'Quinn', 'Rosa', 'Samir', 'Tara', 'Umut', 'Vera', 'Wei', 'Xenia', 'Yara', 'Zoe',
]; // prettier-ignore
const lastNames: readonly [string, ...string[]] = [
  'Adler', 'Bianchi', 'Costa', 'Demir', 'Eriksen', 'Fischer', 'Garcia', 'Haddad', 'Ivanova', 'Jansen', 'Kaya',
  'Lopez', 'Meyer', 'Novak', 'Okafor', 'Petrov', 'Rossi', 'Schmidt', 'Tanaka', 'Vogel', 'Weber', 'Yilmaz',
]; // prettier-ignore

/** A made-up full name. */
export function makeName(random: SeededRandom): string {
  return `${random.pick(firstNames)} ${random.pick(lastNames)}`;
}
