// SPDX-License-Identifier: MPL-2.0

package download

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
)

// index is what the end of a stream must say of its blocks: as a sum, since a file may have millions of them.
type index struct {
	sum   hash.Hash
	count int64
}

// add notes the lengths of a block, in bytes.
func (i *index) add(packed, size int64) {
	i.count++
	both := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(packed)), uint64(size))
	i.sum.Write(both)
}

// same reports whether two indexes are of the same blocks.
func (i *index) same(other *index) bool {
	return i.count == other.count && bytes.Equal(i.sum.Sum(nil), other.sum.Sum(nil))
}

var errBlock = errors.New("a block has another content than its check says")

// endBlock checks what a block gave.
func (x *xz) endBlock() error {
	b := x.block
	x.block = nil
	b.read++ // the byte that ended it
	if b.packed >= 0 && b.read != b.packed || b.size >= 0 && b.given != b.size {
		return errors.New("a block has another length than it says")
	}
	computed := b.sum.Sum(nil)
	if x.check != checkSHA {
		for i, j := 0, len(computed)-1; i < j; i, j = i+1, j-1 { // Go's are big-endian
			computed[i], computed[j] = computed[j], computed[i]
		}
	}
	padding := int(-b.read & 3)
	stored := make([]byte, padding+len(computed))
	if _, err := io.ReadFull(x.from, stored); err != nil {
		return cut(err)
	}
	if !zero(stored[:padding]) || !bytes.Equal(stored[padding:], computed) {
		return errBlock
	}
	x.records.add(b.header+b.read+int64(len(computed)), b.given)
	return nil
}

// endStream compares the index of a stream with its blocks.
func (x *xz) endStream() error {
	damaged := errors.New("its index does not fit its blocks")
	from := &summing{from: x.from, crc: crc32.NewIEEE(), length: 1}
	from.crc.Write([]byte{0}) // which told that this is the index
	count, err := readNumber(from)
	if err != nil {
		return cut(err)
	}
	if count != x.records.count {
		return damaged
	}
	said := index{sum: sha256.New()}
	for range count {
		packed, err := readNumber(from)
		if err != nil {
			return cut(err)
		}
		size, err := readNumber(from)
		if err != nil {
			return cut(err)
		}
		said.add(packed, size)
	}
	for from.length%4 != 0 {
		if b, err := from.ReadByte(); err != nil {
			return cut(err)
		} else if b != 0 {
			return damaged
		}
	}
	end := make([]byte, 4+12)
	if _, err := io.ReadFull(x.from, end); err != nil {
		return cut(err)
	}
	little := binary.LittleEndian
	footer := end[4:]
	switch {
	case !said.same(&x.records), little.Uint32(end) != from.crc.Sum32(), string(footer[10:]) != footerMagic,
		little.Uint32(footer) != crc32.ChecksumIEEE(footer[4:10]), footer[8] != 0 || footer[9] != x.check,
		(int64(little.Uint32(footer[4:]))+1)*4 != from.length+4:
		return damaged
	}
	x.begun = false
	return nil
}

// summing sums the bytes that are read.
type summing struct {
	from   io.ByteReader
	crc    hash.Hash32
	length int64
}

func (s *summing) ReadByte() (byte, error) {
	b, err := s.from.ReadByte()
	if err == nil {
		s.crc.Write([]byte{b})
		s.length++
	}
	return b, err
}

// readNumber reads a number of up to 63 bits, in groups of seven.
func readNumber(from io.ByteReader) (int64, error) {
	number, err := binary.ReadUvarint(from)
	if err == nil && number > 1<<63-1 {
		err = errors.New("a number of it is too big")
	}
	return int64(number), err
}
