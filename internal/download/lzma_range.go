// SPDX-License-Identifier: MPL-2.0

package download

// prob is how likely a bit is 0, of 2048.
type prob uint16

const even prob = 1 << 10

func resetAll(probs []prob) {
	for i := range probs {
		probs[i] = even
	}
}

// rangeDecoder decodes bits by their probabilities from the bytes of a chunk.
type rangeDecoder struct {
	in    []byte
	at    int
	width uint32
	code  uint32
	over  bool // it was read beyond its end
}

// begin takes the bytes of a chunk.
func (d *rangeDecoder) begin(in []byte) bool {
	*d = rangeDecoder{in: in, width: 1<<32 - 1}
	first := d.next()
	for range 4 {
		d.code = d.code<<8 | d.next()
	}
	return first == 0 && !d.over
}

// ended reports whether the chunk was read exactly to its end.
func (d *rangeDecoder) ended() bool { return d.at == len(d.in) && d.code == 0 && !d.over }

func (d *rangeDecoder) next() uint32 {
	if d.at == len(d.in) {
		d.over = true
		return 0
	}
	d.at++
	return uint32(d.in[d.at-1])
}

func (d *rangeDecoder) normalize() {
	if d.width < 1<<24 {
		d.width <<= 8
		d.code = d.code<<8 | d.next()
	}
}

// bit decodes a bit, and moves its probability.
func (d *rangeDecoder) bit(p *prob) uint32 {
	bound := d.width >> 11 * uint32(*p)
	if d.code < bound {
		d.width = bound
		*p += (1<<11 - *p) >> 5
		d.normalize()
		return 0
	}
	d.width -= bound
	d.code -= bound
	*p -= *p >> 5
	d.normalize()
	return 1
}

// direct decodes bits that are as likely 0 as 1, the highest first.
func (d *rangeDecoder) direct(bits uint32) (out uint32) {
	for range bits {
		d.width >>= 1
		out <<= 1
		if d.code >= d.width {
			d.code -= d.width
			out |= 1
		}
		d.normalize()
	}
	return out
}

// tree decodes bits, the highest first, each with a probability of those before it.
func (d *rangeDecoder) tree(probs []prob, bits uint32) uint32 {
	at := uint32(1)
	for range bits {
		at = at<<1 | d.bit(&probs[at])
	}
	return at - 1<<bits
}

// reverse decodes bits, the lowest first.
func (d *rangeDecoder) reverse(probs []prob, bits uint32) (out uint32) {
	at := uint32(1)
	for i := range bits {
		bit := d.bit(&probs[at])
		at = at<<1 | bit
		out |= bit << i
	}
	return out
}
