package billingrails

import (
	"fmt"
	"math/big"

	"google.golang.org/protobuf/types/known/structpb"
)

// What a double holds exactly.
const integerMax = 1<<53 - 1

// Properties makes the properties of an event from nil, bools, numbers, strings, and slices ([]any) and maps
// (map[string]any) of these. An integer that a double does not hold, and a *big.Int, become texts, which meters count
// exactly; give decimals as texts.
func Properties(values map[string]any) (*structpb.Struct, error) {
	exact, err := exactly(values)
	if err != nil {
		return nil, err
	}
	return structpb.NewStruct(exact.(map[string]any))
}

func exactly(value any) (any, error) {
	switch typed := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(typed))
		for name, each := range typed {
			exact, err := exactly(each)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			copied[name] = exact
		}
		return copied, nil
	case []any:
		copied := make([]any, len(typed))
		for index, each := range typed {
			exact, err := exactly(each)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", index, err)
			}
			copied[index] = exact
		}
		return copied, nil
	case *big.Int:
		return typed.String(), nil
	case int:
		return exactInteger(int64(typed)), nil
	case int64:
		return exactInteger(typed), nil
	case uint64:
		if typed > integerMax {
			return fmt.Sprint(typed), nil
		}
		return typed, nil
	default:
		return value, nil
	}
}

func exactInteger(value int64) any {
	if value > integerMax || value < -integerMax {
		return fmt.Sprint(value)
	}
	return value
}
