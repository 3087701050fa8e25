import { useInViewport } from '@mantine/hooks';
import { IconMicrophone, IconMovie, IconPhoto } from '@tabler/icons-react';
import type { UploadKind } from '../../../server/contract/media.js';
import type { StatusMedia } from '../../../server/contract/statuses.js';
import { useMedia } from './use-media.js';
import classes from './media-thumb.module.css';

const icons = { image: IconPhoto, video: IconMovie, audio: IconMicrophone } as const;

interface MediaThumbProps {
  kind: UploadKind;
  media: StatusMedia | null;
  round?: boolean;
  /** As wide as its place. */
  fill?: boolean;
}

/** A small picture of a file; a sign for what it is where it has none. */
export function MediaThumb({ kind, media, round = false, fill = false }: MediaThumbProps) {
  // A long list asks only for what is on screen.
  const { ref, inViewport } = useInViewport();
  const address = useMedia(inViewport ? (media?.thumbnailUrl ?? null) : null);
  const Icon = icons[kind];
  return (
    <span ref={ref} className={classes.thumb} data-round={round || undefined} data-fill={fill || undefined} aria-hidden>
      {address === null ? <Icon size={24} stroke={1.6} /> : <img src={address} alt="" />}
    </span>
  );
}
