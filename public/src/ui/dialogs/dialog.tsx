import { Modal } from '@mantine/core';
import type { ModalProps } from '@mantine/core';

type DialogProps = Pick<ModalProps, 'opened' | 'onClose' | 'size' | 'children'> & { title: string };

/** A dialog with its title and a way to close it. */
export function Dialog({ title, ...props }: DialogProps) {
  return <Modal {...props} title={<strong>{title}</strong>} closeButtonProps={{ 'aria-label': 'Close' }} />;
}
