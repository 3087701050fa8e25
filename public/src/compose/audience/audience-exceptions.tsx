import { Button, MultiSelect, Switch } from '@mantine/core';
import { IconChevronDown, IconUserMinus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { exceptionCount } from '../../draft/audience-choice.js';
import type { AudienceChoice } from '../../draft/audience-choice.js';
import type { ParsedNumbers } from '../../lib/audience-numbers.js';
import { audiencesQuery, tagsQuery } from '../../people/queries.js';
import { NumbersField } from '../../ui/fields/numbers-field.js';
import classes from './audience-exceptions.module.css';

interface AudienceExceptionsProps {
  choice: AudienceChoice;
  parsed: ParsedNumbers;
  onChange: (change: Partial<AudienceChoice>) => void;
}

/** Who is left out of the audience; folded away until it is wanted. */
export function AudienceExceptions({ choice, parsed, onChange }: AudienceExceptionsProps) {
  const count = exceptionCount(choice) + (choice.ignorePrivacy ? 1 : 0);
  const [isOpen, setOpen] = useState(count > 0);
  const id = useId();
  return (
    <div className={classes.root}>
      <Button
        variant="subtle"
        color="gray"
        className={classes.toggle}
        leftSection={<IconUserMinus size={18} stroke={1.8} aria-hidden />}
        rightSection={
          <IconChevronDown size={16} aria-hidden className={classes.chevron} data-open={isOpen || undefined} />
        }
        aria-expanded={isOpen}
        {...(isOpen ? { 'aria-controls': id } : {})}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        Leave people out{count > 0 ? ` · ${String(count)} chosen` : ''}
      </Button>
      {isOpen ? <Fields id={id} choice={choice} parsed={parsed} onChange={onChange} /> : null}
    </div>
  );
}

function Fields({ id, choice, parsed, onChange }: AudienceExceptionsProps & { id: string }) {
  const lists = useQuery(audiencesQuery).data?.items ?? [];
  const tags = useQuery(tagsQuery).data?.items ?? [];
  return (
    <div id={id} className={classes.fields}>
      {lists.length === 0 ? null : (
        <MultiSelect
          label="Not those on these lists"
          size="md"
          searchable
          clearable
          clearButtonProps={{ 'aria-label': 'Clear the lists' }}
          data={lists.map(({ id, name }) => ({ value: id, label: name }))}
          value={choice.exceptListIds.filter((id) => lists.some((list) => list.id === id))}
          onChange={(exceptListIds) => {
            onChange({ exceptListIds });
          }}
        />
      )}
      {tags.length === 0 ? null : (
        <MultiSelect
          label="Not those with these tags"
          size="md"
          searchable
          clearable
          clearButtonProps={{ 'aria-label': 'Clear the tags' }}
          data={tags.map(({ tag }) => tag)}
          value={choice.exceptTags}
          onChange={(exceptTags) => {
            onChange({ exceptTags });
          }}
        />
      )}
      <NumbersField
        label="Not these numbers"
        description="For this post only. Who never wants a post belongs under People, Opt-outs."
        value={choice.exceptNumbers}
        parsed={parsed}
        onChange={(exceptNumbers) => {
          onChange({ exceptNumbers });
        }}
      />
      <Switch
        label="Follow the status privacy of the phone"
        description="Whom the phone hides statuses from gets no post from here either."
        checked={!choice.ignorePrivacy}
        onChange={(event) => {
          onChange({ ignorePrivacy: !event.currentTarget.checked });
        }}
      />
    </div>
  );
}
