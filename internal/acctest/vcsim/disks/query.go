// SPDX-License-Identifier: MPL-2.0

package disks

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	vim "github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vslm/types"
)

// fulfils reports whether a disk fulfils every condition of a query.
func fulfils(d *disk, query []types.VslmVsoVStorageObjectQuerySpec) (bool, vim.BaseMethodFault) {
	for _, condition := range query {
		if len(condition.QueryValue) != 1 { // a vCenter takes one only
			return false, &vim.InvalidArgument{InvalidProperty: "values"}
		}
		values, compare := compared(d, condition.QueryField)
		accepts, known := operators[types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnum(condition.QueryOperator)]
		if !known || compare == nil {
			return false, &vim.InvalidArgument{InvalidProperty: "query"}
		}
		if !slices.ContainsFunc(values, func(v string) bool { return accepts(v, condition.QueryValue[0], compare) }) {
			return false, nil
		}
	}
	return true, nil
}

// comparison orders two values as numbers, times or texts.
type comparison func(a, b string) int

// compared are the values that a disk has for a field, of which one must fit, and how they are compared; none for a field that nobody can
// ask for. A vCenter names backingObjectId and refuses it.
func compared(d *disk, field string) ([]string, comparison) {
	switch types.VslmVsoVStorageObjectQuerySpecQueryFieldEnum(field) {
	case types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumId:
		return []string{d.id}, strings.Compare
	case types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumName:
		return []string{d.name}, strings.Compare
	case types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumCapacity:
		return []string{strconv.FormatInt(d.megabytes, 10)}, byNumber
	case types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumCreateTime:
		return []string{d.created.Format(time.RFC3339Nano)}, byTime
	case types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumDatastoreMoId:
		return []string{d.store.Value, strings.TrimPrefix(d.store.Value, "datastore-")}, strings.Compare // clients write both
	case types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumMetadataKey:
		return texts(d, func(p vim.KeyValue) string { return p.Key }), strings.Compare
	case types.VslmVsoVStorageObjectQuerySpecQueryFieldEnumMetadataValue:
		return texts(d, func(p vim.KeyValue) string { return p.Value }), strings.Compare
	}
	return nil, nil
}

func texts(d *disk, of func(vim.KeyValue) string) (out []string) {
	for _, p := range pairs(d.metadata) {
		out = append(out, of(p))
	}
	return out
}

func byNumber(a, b string) int {
	x, _ := strconv.ParseInt(a, 10, 64)
	y, _ := strconv.ParseInt(b, 10, 64)
	return cmp.Compare(x, y)
}

func byTime(a, b string) int {
	x, _ := time.Parse(time.RFC3339Nano, a)
	y, _ := time.Parse(time.RFC3339Nano, b)
	return x.Compare(y)
}

// operators tell whether a value fits what is asked for.
var operators = map[types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnum]func(have, want string, compare comparison) bool{
	types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumEquals:             func(a, b string, c comparison) bool { return c(a, b) == 0 },
	types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumNotEquals:          func(a, b string, c comparison) bool { return c(a, b) != 0 },
	types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumLessThan:           func(a, b string, c comparison) bool { return c(a, b) < 0 },
	types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumGreaterThan:        func(a, b string, c comparison) bool { return c(a, b) > 0 },
	types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumLessThanOrEqual:    func(a, b string, c comparison) bool { return c(a, b) <= 0 },
	types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumGreaterThanOrEqual: func(a, b string, c comparison) bool { return c(a, b) >= 0 },
	types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumContains: func(a, b string, _ comparison) bool {
		return strings.Contains(a, b)
	},
	types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumStartsWith: func(a, b string, _ comparison) bool {
		return strings.HasPrefix(a, b)
	},
	types.VslmVsoVStorageObjectQuerySpecQueryOperatorEnumEndsWith: func(a, b string, _ comparison) bool {
		return strings.HasSuffix(a, b)
	},
}
