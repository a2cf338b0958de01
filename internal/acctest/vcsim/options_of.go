package vcsim

import (
	"slices"

	"github.com/vmware/govmomi/vim25/types"
)

// option finds one by its key.
func option(options []types.BaseOptionValue, key string) types.AnyType {
	for _, o := range options {
		if v := o.GetOptionValue(); v.Key == key {
			return v.Value
		}
	}
	return nil
}

// text is the value of an option as a string, empty if there is none.
func text(options []types.BaseOptionValue, key string) string {
	s, _ := option(options, key).(string)
	return s
}

// withoutEmpty drops options without a value: on a new machine there is nothing for them to remove.
func withoutEmpty(options []types.BaseOptionValue) []types.BaseOptionValue {
	return slices.DeleteFunc(options, func(o types.BaseOptionValue) bool { return o.GetOptionValue().Value == "" })
}

// withOption sets one option; an empty value removes it.
func withOption(options []types.BaseOptionValue, o *types.OptionValue) []types.BaseOptionValue {
	kept := make([]types.BaseOptionValue, 0, len(options)+1)
	for _, old := range options {
		if old.GetOptionValue().Key != o.Key {
			kept = append(kept, old)
		}
	}
	if o.Value == "" {
		return kept
	}
	return append(kept, o)
}
