import type { MediaClaim } from '../contact/story-content.js';
import type { MediaFacts } from './inspect.js';

const secondsTolerance = 1.5;

/** What a viewer would notice about a file that is intact: where it contradicts its message, or plays badly on phones. */
export function judgeMedia(claim: MediaClaim, facts: MediaFacts): string[] {
  const problems: string[] = [];
  const claimed = baseType(claim.mimetype);
  const found = facts.mimetype === null ? null : baseType(facts.mimetype);
  if (found === null) problems.push('the file is of no known type');
  else if (found !== claimed) problems.push(`the file is ${found}, the message says ${claimed}`);
  if (claim.kind === 'image') problems.push(...judgeImage(claim, facts));
  else if (claim.kind === 'video') problems.push(...judgeVideo(claim, facts));
  else problems.push(...judgeSound(claim, facts));
  return problems;
}

function judgeImage(claim: MediaClaim, facts: MediaFacts): string[] {
  if (facts.width === null) return ['the image cannot be decoded'];
  return judgeSize(claim, facts);
}

function judgeVideo(claim: MediaClaim, facts: MediaFacts): string[] {
  if (facts.videoCodec === null) return ['the file has no picture that could be read'];
  const problems = [...judgeSize(claim, facts), ...judgeDuration(claim, facts)];
  if (facts.videoCodec !== 'avc') problems.push(`the video is ${facts.videoCodec}; phones expect H.264`);
  if (facts.audioCodec === null) problems.push('the video has no sound track; phones refuse some of those');
  else if (facts.audioCodec !== 'aac') problems.push(`the sound is ${facts.audioCodec}; phones expect AAC`);
  if (facts.isFaststart === false) problems.push('the index is at the end: viewers wait for the whole file');
  return problems;
}

function judgeSound(claim: MediaClaim, facts: MediaFacts): string[] {
  if (facts.audioCodec === null) return ['the file has no sound that could be read'];
  const problems = judgeDuration(claim, facts);
  if (claim.kind === 'voice' && facts.audioCodec !== 'opus') {
    problems.push(`the voice note is ${facts.audioCodec}; phones expect Opus`);
  }
  if (claim.kind === 'voice' && facts.channels !== 1) problems.push('the voice note is not mono');
  return problems;
}

function judgeSize(claim: MediaClaim, facts: MediaFacts): string[] {
  if (claim.width === null || claim.height === null) return [];
  if (claim.width === facts.width && claim.height === facts.height) return [];
  return [`the picture is ${facts.width}×${facts.height}, the message says ${claim.width}×${claim.height}`];
}

function judgeDuration(claim: MediaClaim, facts: MediaFacts): string[] {
  if (claim.seconds === null || facts.seconds === null) return [];
  if (Math.abs(claim.seconds - facts.seconds) <= secondsTolerance) return [];
  return [`it lasts ${facts.seconds.toFixed(1)} s, the message says ${claim.seconds} s`];
}

function baseType(mimetype: string): string {
  return (mimetype.split(';')[0] ?? '').trim().toLowerCase();
}
