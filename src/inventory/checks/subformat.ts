import { valueAt, type Fields, type Outline } from '../outline.js';
import type { FieldPath, Issue } from '../problems.js';

/** Only a VHD has sub-formats: said before images are made of a kind that the operator's cloud does not take. */
export function checkSubformat({ servers, defaults }: Outline): Issue[] {
  const asks = (raw: Fields): boolean => typeof valueAt(raw, ['image', 'subformat']) === 'string';
  const formatOf = (raw: Fields): unknown => valueAt(raw, ['image', 'format']);
  const isVhd = (raw: Fields): boolean => (formatOf(raw) ?? formatOf(defaults)) === 'vpc';
  const places: FieldPath[] = [
    ...servers.filter(({ raw }) => asks(raw) && !isVhd(raw)).map(({ path }) => path),
    ...(asks(defaults) && !servers.some(({ raw }) => isVhd(raw)) ? [['defaults']] : []),
  ];
  const message = 'image.subformat belongs to image.format: vpc';
  const hint = 'Set that format, or remove it.';
  return places.map((place): Issue => ({
    path: [...place, 'image', 'subformat'],
    at: 'key',
    message,
    hint,
  }));
}
