import { IconLink, IconMicrophone } from '@tabler/icons-react';
import type { ShownPost } from './shown-post.js';
import { lookOf, textSizeOf } from './status-look.js';
import { MediaThumb } from './media-thumb.js';
import classes from './post-cover.module.css';

/** A post as a small upright picture: its file, or its words on their colour. */
export function PostCover({ post: { type, content, caption, style, media } }: { post: ShownPost }) {
  if (type === 'image' || type === 'video') return <MediaThumb kind={type} media={media} fill />;
  const look = lookOf(style);
  return (
    <span
      className={classes.cover}
      style={{ backgroundColor: look.background, color: look.color, fontFamily: look.font.family }}
      aria-hidden
    >
      {type === 'text' ? <Words text={content} /> : null}
      {type === 'audio' ? <IconMicrophone size={40} stroke={1.4} /> : null}
      {type === 'url' ? (
        <>
          {caption === null ? null : <Words text={caption} />}
          <span className={classes.address}>
            <IconLink size={15} /> {content.replace(/^https?:\/\//, '')}
          </span>
        </>
      ) : null}
    </span>
  );
}

/** Smaller as the text grows, as on a phone, and never too small to read how it begins. */
function Words({ text }: { text: string }) {
  const width = ((textSizeOf(text) / 320) * 100).toFixed(2);
  return (
    <span className={classes.words} style={{ fontSize: `max(0.72rem, min(${width}cqw, 1.3rem))` }} dir="auto">
      {text}
    </span>
  );
}
