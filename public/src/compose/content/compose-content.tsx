import { Textarea } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { LinkPreviewAnswer } from '../../../../server/contract/links.js';
import type { ReactNode } from 'react';
import { countCharacters } from '../../../../server/contract/status-text.js';
import type { Draft, DraftFile } from '../../draft/draft.js';
import { fileOf } from '../../draft/draft-post.js';
import { isSplit } from '../../draft/draft-series.js';
import { isFileType } from '../../post-look/shown-post.js';
import { LinkField } from './link-field.js';
import { MediaDrop } from './media-drop.js';
import { StylePicker } from './style-picker.js';
import { TextField } from './text-field.js';

interface ComposeContentProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  link: UseQueryResult<LinkPreviewAnswer>;
  /** What belongs to the words, right below them. */
  children?: ReactNode;
}

/** What the chosen type of post is made of. */
export function ComposeContent({ draft, onChange, link, children }: ComposeContentProps) {
  const { type, text, caption, backgroundColor, font } = draft;

  return (
    <>
      {type === 'text' ? (
        <TextField
          value={text}
          onChange={(next) => {
            onChange({ text: next });
          }}
          length={countCharacters(text)}
          isSplit={isSplit(draft)}
        />
      ) : null}
      {type === 'url' ? (
        <LinkField
          value={draft.link}
          onChange={(next) => {
            onChange({ link: next });
          }}
          found={link}
        />
      ) : null}
      {isFileType(type) ? (
        <MediaDrop
          key={type}
          kind={type}
          file={fileOf(draft)}
          onChange={(file) => {
            onChange({ files: filesWith(draft.files, type, file) });
          }}
        />
      ) : null}
      {type === 'image' || type === 'video' || type === 'url' ? (
        <Textarea
          label={type === 'url' ? 'Text above the link' : 'Caption'}
          description="You may leave it empty."
          size="md"
          autosize
          minRows={2}
          maxRows={8}
          dir="auto"
          value={caption}
          onChange={(event) => {
            onChange({ caption: event.currentTarget.value });
          }}
        />
      ) : null}
      {children}
      {type === 'image' || type === 'video' ? null : (
        <StylePicker backgroundColor={backgroundColor} font={type === 'audio' ? null : font} onChange={onChange} />
      )}
    </>
  );
}

function filesWith(files: Draft['files'], type: keyof Draft['files'], file: DraftFile | null): Draft['files'] {
  const { [type]: _before, ...others } = files;
  return file === null ? others : { ...others, [type]: file };
}
