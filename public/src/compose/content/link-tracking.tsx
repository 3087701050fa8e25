import { Switch, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Draft } from '../../draft/draft.js';
import { linkTrackingQuery } from '../../draft/draft-links.js';
import classes from './link-tracking.module.css';

interface LinkTrackingProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

const fields = [
  { name: 'source', label: 'Source', placeholder: 'whatsapp' },
  { name: 'medium', label: 'Medium', placeholder: 'status' },
  { name: 'campaign', label: 'Campaign', placeholder: 'easter' },
] as const;

/** Whether clicks on the links of a post are counted, where the server can, and what web analytics are told. */
export function LinkTracking({ draft, onChange }: LinkTrackingProps) {
  const tracking = useQuery(linkTrackingQuery).data;
  if (tracking?.isPossible !== true || draft.type === 'audio') return null;
  const isOn = draft.trackLinks ?? tracking.byDefault;
  return (
    <section className={classes.root} aria-label="Links">
      <Switch
        size="md"
        label="Count clicks"
        description="People see each link as a short address of this server, which leads to yours. Who clicked is not kept."
        checked={isOn}
        onChange={(event) => {
          onChange({ trackLinks: event.currentTarget.checked });
        }}
      />
      {isOn ? (
        <fieldset className={classes.utm}>
          <legend className={classes.legend}>For your web analytics (UTM), if you like</legend>
          {fields.map(({ name, label, placeholder }) => (
            <TextInput
              key={name}
              label={label}
              size="md"
              placeholder={tracking.utm?.[name] ?? placeholder}
              value={draft.utm[name] ?? ''}
              onChange={(event) => {
                onChange({ trackLinks: true, utm: { ...draft.utm, [name]: event.currentTarget.value } });
              }}
              maxLength={200}
            />
          ))}
        </fieldset>
      ) : null}
    </section>
  );
}
