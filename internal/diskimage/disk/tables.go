// SPDX-License-Identifier: MPL-2.0

package disk

import "io"

const (
	mostTables     = 64
	mostTableBytes = 16 << 20
)

// Tables reads the tables of an image and keeps those that were read last, in at most 16 MiB.
type Tables struct {
	file  io.ReaderAt
	kept  []table // the one used last comes first
	bytes int
}

type table struct {
	offset int64
	data   []byte
}

// NewTables returns Tables of a file.
func NewTables(file io.ReaderAt) *Tables {
	return &Tables{file: file}
}

// At returns the table of a length at an offset of the file. It is valid until the next call.
func (t *Tables) At(offset int64, length int) ([]byte, error) {
	for i, known := range t.kept {
		if known.offset == offset && len(known.data) == length {
			copy(t.kept[1:], t.kept[:i])
			t.kept[0] = known
			return known.data, nil
		}
	}
	data := t.room(length)
	if err := ReadFull(t.file, data, offset); err != nil {
		return nil, err
	}
	t.bytes += length
	t.kept = append(t.kept, table{})
	copy(t.kept[1:], t.kept)
	t.kept[0] = table{offset: offset, data: data}
	return data, nil
}

// room returns a buffer of a length, after it has dropped as many tables as it needs.
func (t *Tables) room(length int) []byte {
	var free []byte
	for len(t.kept) > 0 && (len(t.kept) >= mostTables || t.bytes+length > mostTableBytes) {
		last := len(t.kept) - 1
		free = t.kept[last].data
		t.kept, t.bytes = t.kept[:last], t.bytes-len(free)
	}
	if len(free) == length {
		return free
	}
	return make([]byte, length)
}
