// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The setters below take kinds of values that many rows share. Each gets the field from the builder.

func toBool(of func(*builder) **bool) setter {
	return func(b *builder, value string, _ bool) error { return setBool(of(b), value) }
}

func setBool(target **bool, value string) error {
	v, err := parseBool(value)
	if err != nil {
		return err
	}
	*target = &v
	return nil
}

// parseBool accepts the words of OpenStack's strict_bool.
func parseBool(value string) (bool, error) {
	switch strings.ToLower(value) {
	case "1", "t", "true", "on", "y", "yes":
		return true, nil
	case "0", "f", "false", "off", "n", "no":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", value)
}

// toNumber returns a setter of a whole number between least and most.
func toNumber(of func(*builder) *int64, least, most int64) setter {
	return func(b *builder, value string, _ bool) error {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", value)
		}
		if n < least || n > most {
			return fmt.Errorf("%d is not between %d and %d", n, least, most)
		}
		*of(b) = n
		return nil
	}
}

// toWord returns a setter that accepts only the given words.
func toWord(of func(*builder) *string, words ...string) setter {
	return func(b *builder, value string, _ bool) error {
		if !slices.Contains(words, value) {
			return fmt.Errorf("%q is not one of %s", value, strings.Join(words, ", "))
		}
		*of(b) = value
		return nil
	}
}

// toText returns a setter that accepts any text.
func toText(of func(*builder) *string) setter {
	return func(b *builder, value string, _ bool) error {
		*of(b) = value
		return nil
	}
}

// refused returns a setter that refuses every value, with the reason.
func refused(why string) setter {
	return func(*builder, string, bool) error { return fmt.Errorf("%s", why) }
}

func isTrue(b *bool) bool { return b != nil && *b }

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// ceilDiv divides a number that is not negative, and rounds up.
func ceilDiv(a, by int64) int64 {
	if a > math.MaxInt64-by {
		return a / by
	}
	return (a + by - 1) / by
}
