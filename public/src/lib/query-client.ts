import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './api-client.js';

/** What the server holds, as this page last saw it. Live events keep it fresh, so nothing is polled. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.code === 'unavailable',
    },
  },
});
