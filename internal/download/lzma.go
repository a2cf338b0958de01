// SPDX-License-Identifier: MPL-2.0

package download

import "errors"

// lzma decompresses the chunks of LZMA2, as the specification of LZMA has it. It takes no memory but its probabilities and its window, and
// none for a symbol.
type lzma struct {
	window window
	in     rangeDecoder

	literalBits, placeBits, stepBits uint // lc, lp and pb of the specification
	state                            int
	last                             [4]uint32 // the distances that were used last, less one

	matched   [states << maxStepBits]prob
	repeated  [states]prob
	repeat0   [states]prob
	repeat1   [states]prob
	repeat2   [states]prob
	longer    [states << maxStepBits]prob
	slots     [4][64]prob
	distances [115]prob
	low       [16]prob
	lengths   lengthCoder
	repeats   lengthCoder
	literals  [0x300 << maxLiteralBits]prob
}

const (
	states         = 12
	maxStepBits    = 4
	maxLiteralBits = 4 // lc and lp together, in LZMA2

	shortest = 2 // length of a match, in bytes
	longest  = 273
)

var (
	errLZMA     = errors.New("its data contradict each other")
	errLiteral  = errors.New("it has properties that cannot be")
	errDistance = errors.New("it refers to data before its beginning")
)

// lengthCoder tells the length of a match.
type lengthCoder struct {
	choice, choice2 prob
	low, middle     [1 << maxStepBits][8]prob
	high            [256]prob
}

func (c *lengthCoder) reset() {
	c.choice, c.choice2 = even, even
	for i := range c.low {
		resetAll(c.low[i][:])
		resetAll(c.middle[i][:])
	}
	resetAll(c.high[:])
}

// decode returns a length, less the shortest.
func (c *lengthCoder) decode(in *rangeDecoder, step uint32) uint32 {
	if in.bit(&c.choice) == 0 {
		return in.tree(c.low[step][:], 3)
	}
	if in.bit(&c.choice2) == 0 {
		return 8 + in.tree(c.middle[step][:], 3)
	}
	return 16 + in.tree(c.high[:], 8)
}

// properties takes lc, lp and pb from the byte that holds them.
func (l *lzma) properties(packed byte) error {
	if packed >= 9*5*5 {
		return errLiteral
	}
	l.literalBits, l.placeBits, l.stepBits = uint(packed%9), uint(packed/9%5), uint(packed/45)
	if l.literalBits+l.placeBits > maxLiteralBits {
		return errLiteral
	}
	return nil
}

// reset forgets what was learned.
func (l *lzma) reset() {
	l.state, l.last = 0, [4]uint32{}
	for _, probs := range [][]prob{l.matched[:], l.repeated[:], l.repeat0[:], l.repeat1[:], l.repeat2[:], l.longer[:], l.slots[0][:],
		l.slots[1][:], l.slots[2][:], l.slots[3][:], l.distances[:], l.low[:], l.literals[:]} {
		resetAll(probs)
	}
	l.lengths.reset()
	l.repeats.reset()
}

// decode writes at least some bytes into the window, and at most as many as there may be.
func (l *lzma) decode(some, most int64) error {
	start := l.window.end
	for l.window.end-start < some {
		if l.in.over {
			return errLZMA
		}
		step := uint32(l.window.place()) & (1<<l.stepBits - 1)
		if l.in.bit(&l.matched[uint32(l.state)<<maxStepBits+step]) == 0 {
			if err := l.literal(); err != nil {
				return err
			}
			continue
		}
		length, err := l.match(step)
		if err != nil {
			return err
		}
		if length > most-(l.window.end-start) {
			return errLZMA
		}
		if err := l.window.repeat(int64(l.last[0])+1, int(length)); err != nil {
			return err
		}
	}
	return nil
}

// literal decodes a byte that is not a repetition.
func (l *lzma) literal() error {
	before := uint32(l.window.before())
	place := uint32(l.window.place()) & (1<<l.placeBits - 1)
	probs := l.literals[0x300*(place<<l.literalBits+before>>(8-l.literalBits)):][:0x300]
	symbol := uint32(1)
	if l.state >= 7 {
		there, err := l.window.at(int64(l.last[0]) + 1)
		if err != nil {
			return err
		}
		hint, offset := uint32(there), uint32(0x100)
		for symbol < 0x100 {
			hint <<= 1
			expected := hint & offset
			bit := l.in.bit(&probs[offset+expected+symbol])
			symbol = symbol<<1 | bit
			if bit != 0 {
				offset &= expected
			} else {
				offset &^= expected
			}
		}
	}
	for symbol < 0x100 {
		symbol = symbol<<1 | l.in.bit(&probs[symbol])
	}
	switch {
	case l.state < 4:
		l.state = 0
	case l.state < 10:
		l.state -= 3
	default:
		l.state -= 6
	}
	l.window.put(byte(symbol))
	return nil
}

// after returns one of two states, by whether the symbol before was a literal.
func (l *lzma) after(literal, other int) int {
	if l.state < 7 {
		return literal
	}
	return other
}

// match decodes the length of a repetition, and leaves its distance in front of the last ones.
func (l *lzma) match(step uint32) (int64, error) {
	if l.in.bit(&l.repeated[l.state]) == 0 {
		l.last[3], l.last[2], l.last[1] = l.last[2], l.last[1], l.last[0]
		length := l.lengths.decode(&l.in, step)
		l.state = l.after(7, 10)
		l.last[0] = l.distance(length)
		if l.last[0] == 1<<32-1 { // the end of other streams than those of LZMA2
			return 0, errLZMA
		}
		return int64(length) + shortest, nil
	}
	if l.in.bit(&l.repeat0[l.state]) == 0 {
		if l.in.bit(&l.longer[uint32(l.state)<<maxStepBits+step]) == 0 {
			l.state = l.after(9, 11)
			return 1, nil
		}
	} else {
		which := 1
		if l.in.bit(&l.repeat1[l.state]) != 0 {
			which = 2 + int(l.in.bit(&l.repeat2[l.state]))
		}
		distance := l.last[which]
		copy(l.last[1:which+1], l.last[:which])
		l.last[0] = distance
	}
	length := l.repeats.decode(&l.in, step)
	l.state = l.after(8, 11)
	return int64(length) + shortest, nil
}

// distance decodes how far back a repetition lies, less one.
func (l *lzma) distance(length uint32) uint32 {
	slot := l.in.tree(l.slots[min(length, 3)][:], 6)
	if slot < 4 {
		return slot
	}
	bits := slot>>1 - 1
	distance := (2 | slot&1) << bits
	if slot < 14 {
		return distance + l.in.reverse(l.distances[distance-slot:], bits)
	}
	distance += l.in.direct(bits-4) << 4
	return distance + l.in.reverse(l.low[:], 4)
}
