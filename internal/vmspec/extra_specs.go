// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"errors"
	"maps"
	"slices"
)

// Table is the whole translation. Validation and documentation read it too.
var Table = slices.Concat(quotaRows, topologyRows, imageRows, vmwareRows, aggregateRows, kvmRows)

// take reads the flavor and the image. It returns the extra specs that the table does not know as leftover, and ignores unknown image
// properties, which other programs read. An empty value counts as unset, as in Nova.
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

// takeImage reads the properties in the table's order, so that a current name overrides its legacy one.
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

// Meaningful returns those of an image's properties that the table knows.
func Meaningful(properties map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range properties {
		if slices.ContainsFunc(Table, func(r Row) bool { return r.Property == key }) {
			out[key] = value
		}
	}
	return out
}
