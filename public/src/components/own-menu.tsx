import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import {
  IconCheck,
  IconDeviceDesktop,
  IconDeviceDesktopCheck,
  IconLogout,
  IconMoon,
  IconSettings,
  IconSun,
} from '@tabler/icons-react';
import { signIn, signOut, useSignIn } from '../api-key.js';

const schemes = [
  { value: 'light', label: 'Light', Icon: IconSun },
  { value: 'dark', label: 'Dark', Icon: IconMoon },
  { value: 'auto', label: 'As this device', Icon: IconDeviceDesktop },
] as const;

/** Appearance, staying signed in, and signing out. */
export function OwnMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { key, remembered } = useSignIn();
  return (
    <Menu width={240} position="bottom-end" shadow="md" radius="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Settings and sign out">
          <IconSettings size={21} stroke={1.7} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Appearance</Menu.Label>
        {schemes.map(({ value, label, Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
            rightSection={colorScheme === value ? <IconCheck size={16} aria-label="chosen" /> : null}
            onClick={() => {
              setColorScheme(value);
            }}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        {key === null ? null : (
          <Menu.Item
            leftSection={<IconDeviceDesktopCheck size={18} stroke={1.7} aria-hidden />}
            rightSection={remembered ? <IconCheck size={16} aria-label="on" /> : null}
            onClick={() => {
              signIn(key, !remembered);
            }}
          >
            Remember on this device
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconLogout size={18} stroke={1.7} aria-hidden />}
          onClick={() => {
            signOut();
          }}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
