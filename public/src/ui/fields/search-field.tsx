import { TextInput } from '@mantine/core';
import type { TextInputProps } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';

interface SearchFieldProps extends Pick<TextInputProps, 'className' | 'flex' | 'miw'> {
  label: string;
  value: string;
  onChange: (typed: string) => void;
}

/** Narrows a list down by what is typed; what it searches stands in it until then. */
export function SearchField({ label, onChange, ...props }: SearchFieldProps) {
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={17} aria-hidden />}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
      {...props}
    />
  );
}
