import { TextInput } from '@mantine/core';
import { IconLink } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { LinkPreviewAnswer } from '../../../../server/contract/links.js';
import { sentenceOf } from '../../lib/api-client.js';
import { LinkCard } from '../../post-look/link-card.js';
import classes from './link-field.module.css';

interface LinkFieldProps {
  value: string;
  onChange: (link: string) => void;
  /** What the server found behind it. */
  found: UseQueryResult<LinkPreviewAnswer>;
}

/** The address of a link post, and what WhatsApp will show of its page. */
export function LinkField({ value, onChange, found }: LinkFieldProps) {
  return (
    <div className={classes.root}>
      <TextInput
        label="Link"
        size="md"
        type="url"
        inputMode="url"
        placeholder="https://example.com/offer"
        leftSection={<IconLink size={18} aria-hidden />}
        value={value}
        onChange={(event) => {
          onChange(event.currentTarget.value);
        }}
        error={found.isError ? sentenceOf(found.error) : null}
      />
      <div aria-live="polite" className={classes.found}>
        {found.isFetching ? <p className={classes.hint}>Reading the page…</p> : null}
        {found.data === undefined ? null : found.data.preview === null ? (
          <p className={classes.hint}>{found.data.reason} The link is posted without a preview.</p>
        ) : (
          <LinkCard url={found.data.url} preview={found.data.preview} />
        )}
      </div>
    </div>
  );
}
