import { Switch } from '@mantine/core';
import type { Draft } from '../../draft/draft.js';
import { shownOf } from '../../draft/draft-post.js';
import { textPartsOf } from '../../draft/draft-series.js';
import { PostCover } from '../../post-look/post-cover.js';
import classes from './text-split.module.css';

interface TextSplitProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

/** Offers to post a text that is too long as several statuses, and shows what they become. */
export function TextSplit({ draft, onChange }: TextSplitProps) {
  const parts = textPartsOf(draft);
  if (parts.length < 2) return null;
  return (
    <section className={classes.root} aria-label="Post it in parts">
      <Switch
        size="md"
        label={`Post it as ${String(parts.length)} statuses, one after the other`}
        description="Cut at the ends of paragraphs or sentences. Each goes out when the one before is there."
        checked={draft.split}
        onChange={(event) => {
          onChange({ split: event.currentTarget.checked });
        }}
      />
      {draft.split ? (
        <ol className={classes.parts}>
          {parts.map((part, index) => (
            <li key={index} className={classes.part}>
              <PostCover post={shownOf({ ...draft, text: part }, null)} />
              <span className={classes.number}>
                {index + 1} of {parts.length}
              </span>
            </li>
          ))}
        </ol>
      ) : null}
    </section>
  );
}
