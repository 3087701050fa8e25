import type { ShownPost } from './shown-post.js';
import { LinkCard } from './link-card.js';
import { MediaBackdrop } from './media-backdrop.js';
import { PhonePreview } from './phone-preview.js';
import { VoiceNote } from './voice-note.js';

interface StatusPreviewProps {
  post: ShownPost;
  /** The name that contacts see above the status. */
  account: string;
  when: string;
  views?: number;
}

/** A post of any type as it looks on a phone. One without its file yet says where the file will be. */
export function StatusPreview({ post, ...about }: StatusPreviewProps) {
  const { type, content, style, media, preview } = post;
  const caption = post.caption ?? '';
  switch (type) {
    case 'text':
      return <PhonePreview text={content} style={style} placeholder="Type a status" {...about} />;
    case 'url':
      return (
        <PhonePreview
          text={caption}
          style={style}
          card={<LinkCard url={content === '' ? 'https://…' : content} preview={preview} />}
          {...about}
        />
      );
    case 'audio':
      return (
        <PhonePreview
          text=""
          style={{ backgroundColor: style.backgroundColor }}
          placeholder={media === null ? 'Your voice note plays here' : ''}
          card={media === null ? undefined : <VoiceNote media={media} />}
          {...about}
        />
      );
    case 'image':
    case 'video':
      return (
        <PhonePreview
          text={caption}
          style={style}
          backdrop={<MediaBackdrop key={media?.url} kind={type} media={media} />}
          {...about}
        />
      );
  }
}
