import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';

/** Metadata by which Temporal's tools know that a codec is wanted. */
const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
const KEY_ID = 'encryption-key-id';
/** Said where the key is derived: signature and encryption never share one. */
const FORM = 'fleetlift payload encryption 1';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/**
 * Encrypts payloads, signature and all (AES-256-GCM), with a key that is derived from the fleet's. What is encrypted with
 * another key, or is none, passes as it is: the signature below decides what is believed.
 */
export class EncryptionCodec implements PayloadCodec {
  private readonly key: Buffer;
  /** Tells keys apart without telling anything of them. */
  private readonly keyId: string;

  /** @param writes - false: what comes encrypted is read, and nothing is encrypted. */
  constructor(
    fleetKey: Uint8Array,
    private readonly writes: boolean,
  ) {
    this.key = Buffer.from(hkdfSync('sha256', fleetKey, '', FORM, KEY_BYTES));
    this.keyId = createHash('sha256').update(this.key).digest('hex').slice(0, 16);
  }

  encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(this.writes ? payloads.map((payload) => this.encrypt(payload)) : payloads);
  }

  decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads.map((payload) => this.decrypt(payload) ?? payload));
  }

  private encrypt(payload: Payload): Payload {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, iv);
    const plain = PayloadMessage.encode(payload).finish();
    const data = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return { metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(this.keyId) }, data };
  }

  /** null: not encrypted with this key, or altered. */
  private decrypt({ metadata, data }: Payload): Payload | null {
    if (!isText(metadata?.['encoding'], ENCODING) || !isText(metadata?.[KEY_ID], this.keyId)) return null;
    if (!data || data.length < IV_BYTES + TAG_BYTES) return null;
    const decipher = createDecipheriv(CIPHER, this.key, data.subarray(0, IV_BYTES));
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    try {
      const plain = Buffer.concat([decipher.update(data.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      const payload = PayloadMessage.decode(plain);
      return { metadata: payload.metadata, data: payload.data };
    } catch {
      // Altered: its tag does not fit.
      return null;
    }
  }
}

/** Whether that is what some such codec has written, with whatever key. */
export function isEncrypted({ metadata }: Payload): boolean {
  return isText(metadata?.['encoding'], ENCODING);
}

function isText(bytes: Uint8Array | null | undefined, text: string): boolean {
  return Buffer.from(bytes ?? []).toString('latin1') === text;
}
