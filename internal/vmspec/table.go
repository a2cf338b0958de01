package vmspec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Row is one line of the translation: a flavor's extra spec, an image's property, or both for the same thing.
type Row struct {
	ExtraSpec  string // empty: image only; a last * stands for anything
	Property   string // empty: flavor only
	Values     string // what may be written, for people
	Effect     string // what it does in vSphere, for people
	Precedence string // who wins where several speak of the same thing, for people; empty: nobody else does
	says       string // what it is about: two extra specs about the same thing are an error
	set        setter
}

// setter takes one value. image says that it is the image's, not the flavor's.
type setter func(b *builder, value string, image bool) error

// Table is the whole mapping; validation and documentation read it too.
var Table = slices.Concat(quotaRows, topologyRows, imageRows, vmwareRows, aggregateRows, kvmRows)

// imageWins is the precedence of rows that flavor and image share: the image is read last, as in Nova.
const imageWins = "the image's property wins"

// covers says that a row is about the extra spec.
func (r Row) covers(key string) bool {
	if prefix, open := strings.CutSuffix(r.ExtraSpec, "*"); open {
		return strings.HasPrefix(key, prefix)
	}
	return r.ExtraSpec != "" && r.ExtraSpec == key
}

// take reads flavor and image. Everything the table does not know of the flavor is leftover; an image's other properties
// speak to other programs and are passed over. Nova takes an empty value for none.
func (b *builder) take(extraSpecs, properties map[string]string) (leftover []string, err error) {
	said := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(extraSpecs)) {
		i := slices.IndexFunc(Table, func(r Row) bool { return r.covers(key) })
		if i < 0 {
			leftover = append(leftover, key)
			continue
		}
		row, value := Table[i], extraSpecs[key]
		if value == "" {
			continue
		}
		if other := said[row.says]; other != "" {
			return leftover, wrongSpec(key, "%s and %s both say the %s: keep one of them", other, key, row.says)
		}
		if row.says != "" {
			said[row.says] = key
		}
		if err := row.set(b, value, false); err != nil {
			return leftover, wrongSpec(key, "%w", err)
		}
	}
	if err := b.takeImage(properties); err != nil {
		return leftover, err
	}
	b.said = said
	return leftover, errors.Join(b.cpu.check("quota:cpu_"), b.memory.check("quota:memory_"), b.diskIO.check("quota:disk_io_"),
		b.nicTraffic.check("quota:vif_"))
}

// takeImage reads the properties in the table's order, so that a current name goes over its legacy one.
func (b *builder) takeImage(properties map[string]string) error {
	for _, row := range Table {
		value := properties[row.Property]
		if row.Property == "" || value == "" {
			continue
		}
		if err := row.set(b, value, true); err != nil {
			return wrongProperty("the image's property %s: %w", row.Property, err)
		}
	}
	return nil
}

// wrongSpec is an error about one extra spec.
func wrongSpec(key, format string, args ...any) error {
	return &openstack.FieldError{Field: "extra_specs", Key: key, Err: fmt.Errorf(format, args...)}
}

// wrongProperty is an error about the image.
func wrongProperty(format string, args ...any) error {
	return openstack.AttributeErrorf("image_id", format, args...)
}

// Meaningful keeps those of an image's properties that the table knows.
func Meaningful(properties map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range properties {
		if slices.ContainsFunc(Table, func(r Row) bool { return r.Property == key }) {
			out[key] = value
		}
	}
	return out
}
