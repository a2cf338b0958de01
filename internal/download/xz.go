// SPDX-License-Identifier: MPL-2.0

package download

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
)

// xz reads .xz files as their specification has it, version 1.2.0. ulikunitz/xz's own reader takes as much memory as a block asks for, for
// each block anew, and more for each symbol.
type xz struct {
	from  *bufio.Reader
	begun bool
	check byte // the id of the check of this stream

	block   *xzBlock // nil between blocks
	records index    // of the blocks of this stream

	lzma    lzma
	packed  [1 << 16]byte // the chunk in hand
	plain   bool          // the chunk is not compressed
	pending int64         // bytes that the chunk still gives
}

// xzBlock is a block while it is read.
type xzBlock struct {
	header       int64 // its length, in bytes
	packed, size int64 // as its header says, below 0 if it does not
	read         int64 // of packed
	given        int64 // of size
	dictionary   bool  // a chunk has emptied the dictionary
	properties   bool  // a chunk since then has had properties
	sum          hash.Hash
}

// newXZ returns a reader whose caller writes all that it reads to a file, from which it is read again.
func newXZ(from io.Reader, far io.ReaderAt) *xz {
	buffered, ok := from.(*bufio.Reader)
	if !ok {
		buffered = bufio.NewReader(from)
	}
	x := &xz{from: buffered}
	x.lzma.window.far = far
	return x
}

// atOnce is how much is decompressed before it is handed out, in bytes.
const atOnce = 64 << 10

// Read gives what was compressed. It reads all streams of a file.
func (x *xz) Read(p []byte) (int, error) {
	for x.lzma.window.taken == x.lzma.window.end {
		var err error
		if x.pending == 0 {
			err = x.next()
		} else {
			err = x.decode()
		}
		if err != nil {
			return 0, err
		}
	}
	return x.lzma.window.take(p), nil
}

// decode decompresses some of the chunk in hand.
func (x *xz) decode() error {
	w := &x.lzma.window
	start, some := w.end, min(x.pending, atOnce)
	if x.plain {
		part := x.packed[:some]
		if _, err := io.ReadFull(x.from, part); err != nil {
			return cut(err)
		}
		w.append(part)
	} else if err := x.lzma.decode(some, x.pending); err != nil {
		return err
	}
	x.pending -= w.end - start
	if x.pending == 0 && !x.plain && !x.lzma.in.ended() {
		return errLZMA
	}
	x.block.given += w.end - start
	w.each(start, func(part []byte) { x.block.sum.Write(part) })
	if x.block.size >= 0 && x.block.given > x.block.size {
		return errors.New("a block is longer than it says")
	}
	return nil
}

// next goes on to the next chunk, over the ends of blocks and streams. Behind the last stream it returns io.EOF.
func (x *xz) next() error {
	switch {
	case !x.begun:
		return x.beginStream()
	case x.block != nil:
		return x.beginChunk()
	}
	length, err := x.from.ReadByte()
	if err != nil {
		return cut(err)
	}
	if length == 0 {
		return x.endStream()
	}
	return x.beginBlock(int(length)*4 + 4)
}

// cut makes the end of a file within something an error.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// The ids of checks.
const (
	noCheck  = 0
	checkCRC = 1
	check64  = 4
	checkSHA = 10
)

// streamMagic begins a stream, and footerMagic ends it.
const (
	streamMagic = "\xfd7zXZ\x00"
	footerMagic = "YZ"
)

// beginStream reads the header of a stream, and the padding before it.
func (x *xz) beginStream() error {
	header := make([]byte, 12)
	for first := x.records.sum == nil; ; {
		if _, err := io.ReadFull(x.from, header[:4]); err != nil {
			if !first && err == io.EOF {
				return io.EOF
			}
			return cut(err)
		}
		if first || !zero(header[:4]) {
			break
		}
	}
	if _, err := io.ReadFull(x.from, header[4:]); err != nil {
		return cut(err)
	}
	flags := header[6:8]
	if string(header[:6]) != streamMagic || crc32.ChecksumIEEE(flags) != binary.LittleEndian.Uint32(header[8:]) || flags[0] != 0 {
		return errors.New("the header of a stream is damaged")
	}
	x.begun, x.check, x.records = true, flags[1], index{sum: sha256.New()}
	_, err := x.newCheck()
	return err
}

// newCheck returns what computes the checks of this stream.
func (x *xz) newCheck() (hash.Hash, error) {
	switch x.check {
	case noCheck:
		return nothing{}, nil
	case checkCRC:
		return crc32.NewIEEE(), nil
	case check64:
		return crc64.New(crc64.MakeTable(crc64.ECMA)), nil
	case checkSHA:
		return sha256.New(), nil
	}
	return nil, fmt.Errorf("it has a check of a kind that is not known, %d", x.check)
}

// nothing is the sum of a block that has none.
type nothing struct{ hash.Hash }

func (nothing) Write(p []byte) (int, error) { return len(p), nil }
func (nothing) Sum([]byte) []byte           { return nil }

// onlyLZMA2 is the id of the one filter that is read, which xz uses for everything but programs of one kind.
const onlyLZMA2 = 0x21

// beginBlock reads the rest of the header of a block, whose length its first byte has told.
func (x *xz) beginBlock(length int) error {
	header := make([]byte, length)
	header[0] = byte(length/4 - 1)
	if _, err := io.ReadFull(x.from, header[1:]); err != nil {
		return cut(err)
	}
	body := header[:length-4]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(header[length-4:]) {
		return errors.New("the header of a block is damaged")
	}
	sum, err := x.newCheck()
	if err != nil {
		return err
	}
	block := &xzBlock{header: int64(length), packed: -1, size: -1, sum: sum}
	flags, rest := body[1], bytes.NewReader(body[2:])
	if flags&0x40 != 0 {
		block.packed, err = readNumber(rest)
	}
	if flags&0x80 != 0 && err == nil {
		block.size, err = readNumber(rest)
	}
	filter := make([]byte, 3)
	if err == nil {
		_, err = io.ReadFull(rest, filter)
	}
	switch {
	case err != nil:
		return errors.New("the header of a block is damaged")
	case flags&0x3f != 0 || filter[0] != onlyLZMA2:
		return errors.New("it uses filters besides LZMA2")
	case filter[1] != 1 || filter[2] > 40:
		return errors.New("the header of a block is damaged")
	}
	x.block = block
	return nil
}

// beginChunk reads the header of the next chunk of a block, and the chunk if it is compressed.
func (x *xz) beginChunk() error {
	control, err := x.from.ReadByte()
	if err != nil {
		return cut(err)
	}
	if control == 0 {
		return x.endBlock()
	}
	b, w := x.block, &x.lzma.window
	if control == 1 || control >= 0xe0 {
		b.dictionary, b.properties, w.start = true, false, w.end
	}
	x.plain = control < 0x80
	if !b.dictionary || x.plain && control > 2 || !x.plain && control < 0xc0 && !b.properties {
		return errLZMA
	}
	var lengths [4]byte
	if x.plain {
		if _, err := io.ReadFull(x.from, lengths[:2]); err != nil {
			return cut(err)
		}
		x.pending = int64(binary.BigEndian.Uint16(lengths[:])) + 1
		b.read += 3 + x.pending
		return nil
	}
	if _, err := io.ReadFull(x.from, lengths[:]); err != nil {
		return cut(err)
	}
	x.pending = int64(control&0x1f)<<16 + int64(binary.BigEndian.Uint16(lengths[:])) + 1
	packed := x.packed[:int(binary.BigEndian.Uint16(lengths[2:]))+1]
	b.read += 5 + int64(len(packed))
	return x.compressed(control, packed)
}

// compressed reads the rest of a chunk that is compressed.
func (x *xz) compressed(control byte, packed []byte) error {
	if control >= 0xc0 {
		properties, err := x.from.ReadByte()
		if err != nil {
			return cut(err)
		}
		if err := x.lzma.properties(properties); err != nil {
			return err
		}
		x.block.read, x.block.properties = x.block.read+1, true
	}
	if control >= 0xa0 {
		x.lzma.reset()
	}
	if _, err := io.ReadFull(x.from, packed); err != nil {
		return cut(err)
	}
	if !x.lzma.in.begin(packed) {
		return errLZMA
	}
	return nil
}
