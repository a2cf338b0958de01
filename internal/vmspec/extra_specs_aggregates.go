// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// aggregateScope prefixes the name of an aggregate's metadata in an extra spec.
const aggregateScope = "aggregate_instance_extra_specs:"

// zoneMetadata is the metadata key that holds an aggregate's availability zone.
const zoneMetadata = "availability_zone"

// aggregateRows are the extra specs that choose hosts by their aggregates.
var aggregateRows = []Row{{ExtraSpec: aggregateScope + "*", Values: "a value, or one of Nova's operators (`=`, `==`, `!=`, `<=`, `>=`, " +
	"`s==`, `s!=`, `s<`, `s<=`, `s>`, `s>=`, `<in>`, `<all-in>`, `<or>`) and what it wants",
	Effect: "the instance runs on hosts whose aggregates have such metadata only: a mandatory VM-host rule, in place before the first " +
		"power-on",
	set: func(_ *builder, value string, _ bool) error { return checkRequirement(value) }}}

// AggregateSpecs returns what a flavor requires of its hosts' aggregates, by the name of the metadata.
func AggregateSpecs(f openstack.Flavor) map[string]string {
	var out map[string]string
	for key, value := range f.ExtraSpecs {
		if name, ok := strings.CutPrefix(key, aggregateScope); ok && value != "" {
			if out == nil {
				out = map[string]string{}
			}
			out[name] = value
		}
	}
	return out
}

// HostSatisfies reports whether a host meets a flavor's requirements, by the metadata of all its aggregates.
func HostSatisfies(specs map[string]string, in []openstack.Aggregate) bool {
	for name, requirement := range specs {
		fits := func(a openstack.Aggregate) bool {
			return slices.ContainsFunc(metadataOf(a, name), func(value string) bool { return satisfies(value, requirement) })
		}
		if !slices.ContainsFunc(in, fits) {
			return false
		}
	}
	return true
}

// metadataOf returns the values of an aggregate's metadata. Nova separates several values by commas.
func metadataOf(a openstack.Aggregate, name string) (out []string) {
	text, ok := a.Metadata[name]
	if !ok && name == zoneMetadata {
		text, ok = a.Zone, a.Zone != ""
	}
	if !ok {
		return nil
	}
	for part := range strings.SplitSeq(text, ",") {
		out = append(out, strings.TrimSpace(part))
	}
	return out
}

// numeric are the operators that compare numbers. Nova's = means "at least".
var numeric = map[string]func(have, want float64) bool{
	"=":  func(have, want float64) bool { return have >= want },
	"==": func(have, want float64) bool { return have == want },
	"!=": func(have, want float64) bool { return have != want },
	"<=": func(have, want float64) bool { return have <= want },
	">=": func(have, want float64) bool { return have >= want },
}

// textual are the operators that compare texts, each with the accepted results of strings.Compare.
var textual = map[string][]int{"s==": {0}, "s!=": {-1, 1}, "s<": {-1}, "s<=": {-1, 0}, "s>": {1}, "s>=": {0, 1}}

// parseRequirement splits a requirement into its operator and operands. Without an operator the text is a value.
func parseRequirement(requirement string) (operator string, operands []string) {
	words := strings.Fields(requirement)
	if len(words) == 0 {
		return "", nil
	}
	_, number := numeric[words[0]]
	_, text := textual[words[0]]
	switch operator = words[0]; {
	case operator == "<or>":
		for i := 1; i < len(words); i += 2 { // <or> a <or> b
			operands = append(operands, words[i])
		}
		return operator, operands
	case operator == "<all-in>":
		return operator, words[1:]
	case operator == "<in>" || number || text:
		return operator, words[1:min(2, len(words))]
	}
	return "", nil
}

// checkRequirement refuses an operator without operands.
func checkRequirement(requirement string) error {
	operator, operands := parseRequirement(requirement)
	switch {
	case operator == "":
		return nil
	case len(operands) == 0:
		return fmt.Errorf("%q has the operator %s and nothing after it", requirement, operator)
	case numeric[operator] == nil:
		return nil
	}
	if _, err := strconv.ParseFloat(operands[0], 64); err != nil {
		return fmt.Errorf("%q compares numbers, and %q is none: write s== and its like to compare texts", requirement, operands[0])
	}
	return nil
}

// satisfies reports whether a value meets a requirement.
func satisfies(value, requirement string) bool {
	operator, operands := parseRequirement(requirement)
	switch {
	case operator == "":
		return value == requirement
	case len(operands) == 0:
		return false
	case operator == "<or>":
		return slices.Contains(operands, value)
	case operator == "<in>" || operator == "<all-in>":
		return !slices.ContainsFunc(operands, func(part string) bool { return !strings.Contains(value, part) })
	case textual[operator] != nil:
		return slices.Contains(textual[operator], cmp.Compare(value, operands[0]))
	}
	have, err1 := strconv.ParseFloat(value, 64)
	want, err2 := strconv.ParseFloat(operands[0], 64)
	return err1 == nil && err2 == nil && numeric[operator](have, want)
}
