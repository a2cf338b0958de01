// SPDX-License-Identifier: MPL-2.0

package download

import "io"

// near is how much of what was decompressed is kept in memory, in bytes.
const near = 8 << 20

// mask makes of an offset the place in the ring.
const mask = near - 1

// window is what was decompressed: the end of it in memory, and all before in the file that it is written to. So a dictionary of any size
// takes the same memory.
type window struct {
	ring  [near]byte
	start int64 // where the dictionary begins
	end   int64
	taken int64       // up to where it was handed out, and may have to be read back
	far   io.ReaderAt // what was written; behind its end are zeros
	part  [longest]byte
}

// place returns how much the dictionary holds.
func (w *window) place() int64 { return w.end - w.start }

// before returns the last byte, or 0 if there is none.
func (w *window) before() byte {
	if w.place() == 0 {
		return 0
	}
	return w.ring[(w.end-1)&mask]
}

func (w *window) put(b byte) {
	w.ring[w.end&mask] = b
	w.end++
}

// at returns the byte at a distance from the end.
func (w *window) at(distance int64) (byte, error) {
	if distance <= near && distance <= w.place() {
		return w.ring[(w.end-distance)&mask], nil
	}
	err := w.read(w.part[:1], distance)
	return w.part[0], err
}

// read copies bytes that lie at a distance from the end, which is as many at least.
func (w *window) read(p []byte, distance int64) error {
	if distance > w.place() {
		return errDistance
	}
	from := w.end - distance
	if distance > near {
		n, err := w.far.ReadAt(p, from)
		if err == io.EOF {
			err = nil
		}
		clear(p[n:])
		return err
	}
	n := copy(p, w.ring[from&mask:])
	copy(p[n:], w.ring[:])
	return nil
}

// repeat appends bytes from a distance. They may run into each other.
func (w *window) repeat(distance int64, length int) error {
	if distance >= longest {
		err := w.read(w.part[:length], distance)
		w.append(w.part[:length])
		return err
	}
	if distance > w.place() {
		return errDistance
	}
	for range length {
		w.put(w.ring[(w.end-distance)&mask])
	}
	return nil
}

// append appends bytes, fewer than are kept in memory.
func (w *window) append(p []byte) {
	n := copy(w.ring[w.end&mask:], p)
	copy(w.ring[:], p[n:])
	w.end += int64(len(p))
}

// take hands out what was not yet.
func (w *window) take(p []byte) int {
	p = p[:min(int64(len(p)), w.end-w.taken)]
	n := copy(p, w.ring[w.taken&mask:])
	copy(p[n:], w.ring[:])
	w.taken += int64(len(p))
	return len(p)
}

// each calls act with all from an offset on.
func (w *window) each(from int64, act func(part []byte)) {
	for from < w.end {
		part := w.ring[from&mask : min(near, from&mask+w.end-from)]
		act(part)
		from += int64(len(part))
	}
}
