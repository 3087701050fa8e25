import { FileStore } from '@tus/file-store';
import { Upload } from '@tus/server';
import type { ResumableFiles } from './resumable-files.js';

/** Bytes go to files, and everything else that is known of an upload is in the database. */
export class TusStore extends FileStore {
  constructor(private readonly files: ResumableFiles) {
    const known = async (id: string): Promise<Upload | undefined> => {
      const facts = await files.facts(id);
      return facts && uploadOf(facts, facts.receivedBytes);
    };
    super({
      directory: files.folder,
      expirationPeriodInMilliseconds: files.keepMs,
      configstore: {
        get: known,
        // Its record was made before its file.
        set: () => Promise.resolve(),
        delete: (id) => files.cancel(id),
      },
    });
    this.extensions = ['creation', 'creation-with-upload', 'termination', 'expiration'];
  }

  /** The file of one that is whole may be gone already: it is on its way to the library. */
  override async getUpload(id: string): Promise<Upload> {
    const facts = await this.files.facts(id);
    return facts && facts.state !== 'receiving' ? uploadOf(facts, facts.bytes) : super.getUpload(id);
  }
}

type Facts = NonNullable<Awaited<ReturnType<ResumableFiles['facts']>>>;

function uploadOf({ id, bytes, details, createdAt }: Facts, offset: number): Upload {
  const metadata = details ?? {};
  return new Upload({ id, size: bytes, offset, metadata, creation_date: new Date(createdAt).toISOString() });
}
