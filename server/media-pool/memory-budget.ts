import { AppError } from '../lib/app-error.js';

interface Waiting {
  bytes: number;
  go: () => void;
}

/** What all files that are being prepared may take together when they are unpacked. Whoever asks first gets it first. */
export class MemoryBudget {
  private free: number;
  private readonly waiting: Waiting[] = [];

  constructor(private readonly bytes: number) {
    this.free = bytes;
  }

  /**
   * Runs `work` once its share is free; `signal` ends the wait with its reason. Throws `payload_too_large` for more than there
   * is in all.
   */
  async run<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (bytes > this.bytes) throw tooMuch(bytes, this.bytes);
    await this.share(bytes, signal);
    try {
      return await work();
    } finally {
      this.free += bytes;
      this.next();
    }
  }

  private share(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error('Whoever waited has left.'));
        this.next();
      };
      const waiting: Waiting = {
        bytes,
        go: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(waiting);
      this.next();
    });
  }

  private next(): void {
    for (let [first] = this.waiting; first && first.bytes <= this.free; [first] = this.waiting) {
      this.waiting.shift();
      this.free -= first.bytes;
      first.go();
    }
  }
}

function tooMuch(bytes: number, most: number): AppError {
  const needed = `${inMegabytes(bytes)} MB of memory to be unpacked`;
  return new AppError(
    'payload_too_large',
    `This file needs about ${needed}, and files may take ${inMegabytes(most)} MB here (MEDIA_MEMORY_MB). Make it smaller.`,
  );
}

function inMegabytes(bytes: number): string {
  return String(Math.ceil(bytes / 1024 / 1024));
}
