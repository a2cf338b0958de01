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

	"github.com/ulikunitz/xz/lzma"
)

// xz reads the container of .xz files as its specification has it, version 1.2.0, and has the chunks in it decompressed by one
// decompressor, whose dictionary is bounded and is made once: ulikunitz/xz's own reader makes one for each block, as big as the block says.
type xz struct {
	from  *bufio.Reader
	begun bool
	check byte // the id of the check of this stream

	block   *xzBlock // nil between blocks
	records index    // of the blocks of this stream

	decoder    *lzma.Reader2
	dictionary int // of decoder, in bytes
	chunk      io.LimitedReader
	left       int64 // bytes that the chunk still gives
}

// xzBlock is a block while it is read.
type xzBlock struct {
	header       int64 // its length, in bytes
	packed, size int64 // as its header says, below 0 if it does not
	read         int64 // of packed
	given        int64 // of size
	reset        bool  // a chunk has emptied the dictionary
	sum          hash.Hash
}

func newXZ(from io.Reader) *xz {
	buffered, ok := from.(*bufio.Reader)
	if !ok {
		buffered = bufio.NewReader(from)
	}
	return &xz{from: buffered}
}

// Read gives what was compressed. It reads all streams of a file.
func (x *xz) Read(p []byte) (int, error) {
	for x.left == 0 {
		if err := x.next(); err != nil {
			return 0, err
		}
	}
	n, err := x.decoder.Read(p[:min(int64(len(p)), x.left)])
	x.left -= int64(n)
	x.block.given += int64(n)
	x.block.sum.Write(p[:n])
	switch {
	case err == nil && x.block.size >= 0 && x.block.given > x.block.size:
		err = errors.New("a block is longer than it says")
	case err == nil && x.left == 0 && x.chunk.N != 0:
		err = errors.New("a chunk is longer than it says")
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return n, err
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
	return x.reserve(filter[2])
}

// reserve makes a decompressor with at least the dictionary that a block asks for.
func (x *xz) reserve(code byte) error {
	wanted := (2 | int64(code)&1) << (11 + code>>1)
	if wanted > largestWindow {
		return tooMuchMemory("xz -d")
	}
	if wanted > int64(x.dictionary) {
		x.decoder, x.dictionary = nil, int(wanted)
	}
	return nil
}

// beginChunk reads how long the next chunk of a block is, and leaves the chunk to the decompressor.
func (x *xz) beginChunk() error {
	control, err := x.from.Peek(1)
	if err != nil {
		return cut(err)
	}
	if control[0] == 0 {
		return x.endBlock()
	}
	if control[0] == 1 || control[0] >= 0xe0 {
		x.block.reset = true
	}
	if !x.block.reset {
		return errors.New("a block does not begin by itself")
	}
	length := 3
	if control[0] >= 0x80 {
		length = 5
	}
	header, err := x.from.Peek(length)
	if err != nil {
		return cut(err)
	}
	size := int64(binary.BigEndian.Uint16(header[1:])) + 1
	packed := 3 + size
	if control[0] >= 0x80 {
		size += int64(control[0]&0x1f) << 16
		packed = 5 + int64(binary.BigEndian.Uint16(header[3:])) + 1
		if control[0] >= 0xc0 {
			packed++
		}
	}
	x.left, x.chunk = size, io.LimitedReader{R: x.from, N: packed}
	x.block.read += packed
	if x.decoder == nil {
		x.decoder, err = lzma.Reader2Config{DictCap: x.dictionary}.NewReader2(&x.chunk)
	}
	return err
}
