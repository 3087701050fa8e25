import { IconAddressBook, IconFilter, IconListDetails, IconListNumbers, IconUser } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { Session } from '../../../../server/contract/sessions.js';
import type { AudienceChoice } from '../../draft/audience-choice.js';
import { contactsSummaryQuery } from '../../people/queries.js';
import { formatNumber, formatPhoneNumber } from '../../lib/format.js';
import type { ChosenAudience } from './use-chosen-audience.js';
import { AudienceExceptions } from './audience-exceptions.js';
import { ChoiceCards } from '../../ui/fields/choice-cards.js';
import { ListSelect } from './list-select.js';
import { NumbersField } from '../../ui/fields/numbers-field.js';
import { SegmentPicker } from './segment-picker.js';
import classes from './audience-picker.module.css';

interface AudiencePickerProps {
  choice: AudienceChoice;
  chosen: ChosenAudience;
  account: Session;
  onChange: (change: Partial<AudienceChoice>) => void;
}

/** Who the post goes to. */
export function AudiencePicker({ choice, chosen, account, onChange }: AudiencePickerProps) {
  const summary = useQuery(contactsSummaryQuery(account.sessionId));
  const own = account.ownNumber === null ? 'To see it on your phone first.' : formatPhoneNumber(account.ownNumber);
  const saved =
    summary.data === undefined ? 'Saved on the phone.' : `${formatNumber(summary.data.saved)} on the phone.`;
  return (
    <div className={classes.root}>
      <ChoiceCards
        legend="Audience"
        name="audience"
        choices={[
          { value: 'contacts', label: 'All contacts', hint: saved, Icon: IconAddressBook },
          { value: 'list', label: 'A list', hint: 'People you put together.', Icon: IconListDetails },
          { value: 'segment', label: 'A segment', hint: 'By what they did, or by tag.', Icon: IconFilter },
          { value: 'numbers', label: 'Numbers', hint: 'Paste them from anywhere.', Icon: IconListNumbers },
          { value: 'self', label: 'Only my own number', hint: own, Icon: IconUser },
        ]}
        value={choice.audience}
        onChange={(audience) => {
          onChange({ audience });
        }}
      />
      {choice.audience === 'list' ? (
        <ListSelect
          value={choice.listId}
          onChange={(listId) => {
            onChange({ listId });
          }}
        />
      ) : null}
      {choice.audience === 'segment' ? <SegmentPicker choice={choice} onChange={onChange} /> : null}
      {choice.audience === 'numbers' ? (
        <NumbersField
          label="Numbers"
          description="With country code, one per line or separated by commas. Your own number is always included."
          value={choice.numbers}
          parsed={chosen.parsed}
          onChange={(numbers) => {
            onChange({ numbers });
          }}
        />
      ) : null}
      {choice.audience === 'self' ? null : (
        <AudienceExceptions choice={choice} parsed={chosen.parsedExcept} onChange={onChange} />
      )}
    </div>
  );
}
