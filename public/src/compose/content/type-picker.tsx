import { SegmentedControl } from '@mantine/core';
import { IconLetterT, IconLink, IconMicrophone, IconMovie, IconPhoto } from '@tabler/icons-react';
import type { StatusType } from '../../../../server/contract/statuses.js';
import classes from './type-picker.module.css';

const types = [
  { value: 'text', label: 'Text', Icon: IconLetterT },
  { value: 'image', label: 'Picture', Icon: IconPhoto },
  { value: 'video', label: 'Video', Icon: IconMovie },
  { value: 'audio', label: 'Voice', Icon: IconMicrophone },
  { value: 'url', label: 'Link', Icon: IconLink },
] as const;

/** What kind of post it is. */
export function TypePicker({ value, onChange }: { value: StatusType; onChange: (type: StatusType) => void }) {
  return (
    <SegmentedControl
      aria-label="Kind of post"
      fullWidth
      radius="md"
      value={value}
      onChange={onChange}
      data={types.map(({ value: type, label, Icon }) => ({
        value: type,
        label: (
          <span className={classes.type}>
            <Icon size={20} stroke={1.7} aria-hidden />
            {label}
          </span>
        ),
      }))}
    />
  );
}
