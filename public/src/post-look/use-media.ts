import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { mediaQuery } from './queries.js';

/** An address of this page for an uploaded file, to be put into an `<img>` or `<video>`; null while it is read. */
export function useMedia(url: string | null): string | null {
  const { data } = useQuery(mediaQuery(url));
  const [made, setMade] = useState<{ blob: Blob; address: string } | null>(null);
  useEffect(() => {
    if (data === undefined) return undefined;
    const address = URL.createObjectURL(data);
    setMade({ blob: data, address });
    return () => {
      URL.revokeObjectURL(address);
    };
  }, [data]);
  return made !== null && made.blob === data ? made.address : null;
}
