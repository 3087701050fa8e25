import { VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import { formatNumber } from '../lib/format.js';
import classes from './bar-chart.module.css';

export interface Bar {
  /** What it stands for, in words: "Tuesday, November 24". */
  name: string;
  /** The same in few letters, for below the bars. */
  short: string;
  value: number;
  /** Of these, shown within the bar. */
  part?: number;
}

interface BarChartProps {
  /** What is counted: "Views". */
  label: string;
  /** What the parts are: "Likes". */
  partLabel?: string;
  bars: readonly Bar[];
  /** Room for so many is kept, where more are to come. */
  atLeast?: number;
  /** What is said instead of bars where all are nothing. */
  empty: string;
}

/** In units of the drawing, which is stretched to the room there is. */
const height = 100;
const slot = 10;
const gap = 2;
const mostNames = 7;

/** Bars beside each other. Whoever cannot see them has the same as a table. */
export function BarChart({ label, partLabel, bars, atLeast = 0, empty }: BarChartProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const most = Math.max(1, ...bars.map(({ value, part = 0 }) => Math.max(value, part)));
  const shown = pointed === null ? undefined : bars[pointed];
  const slots = Math.max(atLeast, bars.length);
  const every = Math.ceil(slots / mostNames);
  if (bars.every(({ value, part = 0 }) => value === 0 && part === 0)) return <p className={classes.empty}>{empty}</p>;
  const heightOf = (value: number): number => (value / most) * height;
  return (
    <div className={classes.root}>
      <div className={classes.told} aria-hidden>
        {shown === undefined ? (
          <>
            <span className={classes.key} data-of="value">
              {label}
            </span>
            {partLabel === undefined ? null : (
              <span className={classes.key} data-of="part">
                {partLabel}
              </span>
            )}
            <span className={classes.most}>most {formatNumber(most)}</span>
          </>
        ) : (
          <span>
            {shown.name}: <strong>{formatNumber(shown.value)}</strong> {label.toLowerCase()}
            {partLabel === undefined ? null : `, ${formatNumber(shown.part ?? 0)} ${partLabel.toLowerCase()}`}
          </span>
        )}
      </div>
      <svg
        className={classes.bars}
        viewBox={`0 0 ${String(slots * slot)} ${String(height)}`}
        preserveAspectRatio="none"
        aria-hidden
        onPointerLeave={() => {
          setPointed(null);
        }}
      >
        {bars.map(({ name, value, part = 0 }, index) => (
          <g
            key={name}
            data-pointed={pointed === index || undefined}
            onPointerEnter={() => {
              setPointed(index);
            }}
          >
            <rect className={classes.room} x={index * slot} y={0} width={slot} height={height} />
            <rect
              className={classes.value}
              x={index * slot + gap / 2}
              y={height - heightOf(value)}
              width={slot - gap}
              height={heightOf(value)}
            />
            <rect
              className={classes.part}
              x={index * slot + gap / 2}
              y={height - heightOf(part)}
              width={slot - gap}
              height={heightOf(part)}
            />
          </g>
        ))}
      </svg>
      <div className={classes.names} aria-hidden style={{ gridTemplateColumns: `repeat(${String(slots)}, 1fr)` }}>
        {bars
          .map(({ name, short }, index) => ({ name, short, index }))
          .filter(({ index }) => index % every === 0 && slots - index >= every)
          .map(({ name, short, index }) => (
            <span key={name} style={{ gridColumn: `${String(index + 1)} / span ${String(every)}` }}>
              {short}
            </span>
          ))}
      </div>
      <VisuallyHidden>
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <td />
              <th scope="col">{label}</th>
              {partLabel === undefined ? null : <th scope="col">{partLabel}</th>}
            </tr>
          </thead>
          <tbody>
            {bars
              .filter(({ value, part = 0 }) => value > 0 || part > 0)
              .map(({ name, value, part = 0 }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{formatNumber(value)}</td>
                  {partLabel === undefined ? null : <td>{formatNumber(part)}</td>}
                </tr>
              ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </div>
  );
}
