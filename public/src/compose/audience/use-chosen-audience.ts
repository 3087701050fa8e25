import { useMemo } from 'react';
import { audienceOf, missingFrom } from '../../draft/audience-choice.js';
import type { AudienceChoice, AudienceInput } from '../../draft/audience-choice.js';
import type { ParsedNumbers } from '../../lib/audience-numbers.js';
import { useNumbers } from '../../lib/use-numbers.js';

export interface ChosenAudience {
  /** As a request names it; null while something is missing. */
  body: AudienceInput | null;
  /** Why nobody can be posted to yet; null when they can. */
  problem: string | null;
  parsed: ParsedNumbers;
  parsedExcept: ParsedNumbers;
}

/** Whom a draft names. Long lists of numbers are read behind the typing. */
export function useChosenAudience(choice: AudienceChoice): ChosenAudience {
  const { parsed, isReading: isReadingNumbers } = useNumbers(choice.numbers);
  const { parsed: parsedExcept, isReading: isReadingExcept } = useNumbers(choice.exceptNumbers);
  const { audience, listId, segment, viewedDays, viewedPosts, tag, otherSegment } = choice;
  const { exceptListIds, exceptTags, ignorePrivacy } = choice;
  const body = useMemo(
    () => audienceOf(choice, parsed.numbers, parsedExcept.numbers),
    // The texts of the numbers themselves change with every letter; what they say does not.
    [
      ...[audience, listId, segment, viewedDays, viewedPosts, tag, otherSegment],
      ...[exceptListIds, exceptTags, ignorePrivacy, parsed, parsedExcept],
    ],
  );
  const isReading = (audience === 'numbers' && isReadingNumbers) || (audience !== 'self' && isReadingExcept);
  return { body, problem: problemOf(), parsed, parsedExcept };

  function problemOf(): string | null {
    if (isReading) return 'Reading the numbers…';
    if (body === null) return missingFrom(choice);
    if (audience === 'numbers' && parsed.tooMany) return 'These are more numbers than one post may have.';
    return null;
  }
}
