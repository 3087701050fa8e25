import { Badge, Button, Card, Modal, Paper, Tooltip, createTheme } from '@mantine/core';

/** Colours, type and shapes of the whole dashboard. Single values live in styles.css as custom properties. */
export const theme = createTheme({
  fontFamily: "'Plus Jakarta Sans Variable', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'Liberation Mono', monospace",
  headings: {
    fontFamily: "'Plus Jakarta Sans Variable', system-ui, sans-serif",
    fontWeight: '750',
    sizes: { h1: { fontSize: '1.75rem', lineHeight: '1.2' }, h2: { fontSize: '1.15rem', lineHeight: '1.3' } },
  },
  primaryColor: 'jade',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  defaultRadius: 'md',
  radius: { xs: '6px', sm: '8px', md: '12px', lg: '18px', xl: '26px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  colors: {
    jade: [
      '#e7f7f0',
      '#cdeedf',
      '#9fdfc3',
      '#6ccda4',
      '#37b988',
      '#17a673',
      '#0b8a5e',
      '#08714d',
      '#065a3e',
      '#04412d',
    ],
    gray: [
      '#f7f8f6',
      '#eff1ee',
      '#e3e7e3',
      '#d3d9d4',
      '#b9c1bb',
      '#8f9a93',
      '#5a665f',
      '#434d48',
      '#2b332f',
      '#181d1b',
    ],
    dark: [
      '#e4eae7',
      '#bfc9c5',
      '#93a09b',
      '#64716c',
      '#36423d',
      '#2a3430',
      '#1c2421',
      '#141a18',
      '#0f1413',
      '#0a0e0d',
    ],
  },
  components: {
    Button: Button.extend({ defaultProps: { fw: 650 } }),
    Card: Card.extend({ defaultProps: { radius: 'lg', withBorder: true } }),
    Paper: Paper.extend({ defaultProps: { radius: 'lg' } }),
    Badge: Badge.extend({ defaultProps: { radius: 'xl', tt: 'none', fw: 600 } }),
    Modal: Modal.extend({
      defaultProps: { radius: 'lg', centered: true, overlayProps: { backgroundOpacity: 0.5, blur: 3 } },
    }),
    Tooltip: Tooltip.extend({
      defaultProps: { multiline: true, maw: 280, events: { hover: true, focus: true, touch: true } },
    }),
  },
});
