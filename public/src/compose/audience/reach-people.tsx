import type { AudiencePreview } from '../../../../server/contract/audiences.js';
import { formatAgo, formatNumber, formatPhoneNumber } from '../../lib/format.js';
import { reasonWords } from './reach-words.js';
import { useNow } from '../../lib/use-now.js';
import classes from './audience-reach.module.css';

/** Rows of each column; the numbers say how many more there are. */
const shownRows = 12;

interface ReachPeopleProps {
  /** Whose they are; null where there is one account only. */
  account: string | null;
  preview: AudiencePreview;
}

/** The first people who get a post, and the first who do not, side by side. */
export function ReachPeople({ account, preview }: ReachPeopleProps) {
  const nowMs = useNow();
  const { counts, included, excluded } = preview;
  return (
    <div>
      {account === null ? null : <h3 className={classes.account}>{account}</h3>}
      <div className={classes.columns}>
        <Column title="First to get it" hint="Who looked last comes first." total={counts.included}>
          {included.slice(0, shownRows).map((person, index) => (
            <Row
              key={index}
              person={person}
              note={person.lastViewedAt === null ? '' : `viewed ${formatAgo(person.lastViewedAt, nowMs)}`}
            />
          ))}
        </Column>
        {counts.excluded === 0 ? null : (
          <Column title="Left out" hint="They do not get this post." total={counts.excluded}>
            {excluded.slice(0, shownRows).map((person, index) => (
              <Row key={index} person={person} note={reasonWords[person.reason].short} />
            ))}
          </Column>
        )}
      </div>
    </div>
  );
}

interface ColumnProps {
  title: string;
  hint: string;
  total: number;
  children: React.ReactNode[];
}

function Column({ title, hint, total, children }: ColumnProps) {
  const more = total - children.length;
  return (
    <section aria-label={title}>
      <h4 className={classes.title}>{title}</h4>
      <p className={classes.hint}>{hint}</p>
      <ul className={classes.list}>
        {children}
        {more > 0 ? <li className={classes.more}>and {formatNumber(more)} more</li> : null}
      </ul>
    </section>
  );
}

function Row({ person, note }: { person: AudiencePreview['included'][number]; note: string }) {
  const number = person.phoneNumber === null ? 'number unknown' : formatPhoneNumber(person.phoneNumber);
  return (
    <li className={classes.row}>
      <span className={classes.name}>{person.name ?? number}</span>
      <span className={classes.note}>{[person.name === null ? '' : number, note].filter(Boolean).join(' · ')}</span>
    </li>
  );
}
