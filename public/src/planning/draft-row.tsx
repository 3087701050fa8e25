import { ActionIcon } from '@mantine/core';
import { IconPencilPlus, IconTrash } from '@tabler/icons-react';
import { nextFreeSlot } from '../../../server/contract/planning/plans.js';
import { LinkButton } from '../ui/link-button.js';
import { MediaThumb } from '../post-look/media-thumb.js';
import { draftFromSaved } from '../draft/draft.js';
import { formatAgo } from '../lib/format.js';
import { isFileType, titleOf, typeNames } from '../post-look/shown-post.js';
import { useNow } from '../lib/use-now.js';
import { formatWallTime } from '../lib/days.js';
import { draftOfSaved } from '../draft/draft-status.js';
import { wordsOfRule } from '../draft/repeat-words.js';
import type { SavedDraft } from '../draft/saved-drafts.js';
import classes from './planning-row.module.css';

/** A draft in a line: its name, its words, or what it is where it has none. */
export function savedTitle({ name, status, media }: SavedDraft): string {
  const { type = 'text', content = '', caption = null } = status;
  const words = titleOf({ type, content, caption, media, style: {}, preview: null });
  return name ?? (words.trim() === '' ? `${typeNames[type]} without words` : words);
}

/** One unfinished post, and the way back to it. */
export function DraftRow({ saved, onDelete }: { saved: SavedDraft; onDelete: (saved: SavedDraft) => void }) {
  const { status, media, updatedAt } = saved;
  const { type = 'text', sessionIds = [] } = status;
  const nowMs = useNow();
  const title = savedTitle(saved);
  const account = sessionIds.length === 1 ? sessionIds[0] : undefined;
  return (
    <li className={classes.row}>
      {isFileType(type) ? <MediaThumb kind={type} media={media} /> : null}
      <div className={classes.main}>
        <span className={classes.title} dir="auto">
          {title}
        </span>
        <span className={classes.meta}>
          {typeNames[type]} · saved {formatAgo(updatedAt, nowMs)}
          {plannedWords(saved)}
        </span>
      </div>
      <LinkButton
        to="/compose"
        search={account === undefined ? {} : { account }}
        variant="light"
        size="sm"
        leftSection={<IconPencilPlus size={17} aria-hidden />}
        aria-label={`Go on with ${title}`}
        onClick={() => {
          draftFromSaved(draftOfSaved(saved));
        }}
      >
        Go on
      </LinkButton>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Delete ${title}`}
        onClick={() => {
          onDelete(saved);
        }}
      >
        <IconTrash size={19} stroke={1.7} aria-hidden />
      </ActionIcon>
    </li>
  );
}

function plannedWords({ status: { scheduledAt, rule } }: SavedDraft): string {
  if (scheduledAt === undefined) return '';
  if (rule !== undefined) return ` · ${wordsOfRule(rule, scheduledAt)}`;
  return scheduledAt === nextFreeSlot
    ? ' · for the next free slot'
    : ` · for ${formatWallTime(scheduledAt.slice(0, 16))}`;
}
