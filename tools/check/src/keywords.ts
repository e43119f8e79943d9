/**
 * Words that a language keeps for itself, of those that a contract could take as a name: lower case with underscores. A
 * generated client has to write such a name in another way than the contract, or cannot be used at all. From each
 * language's reference.
 */
const KEYWORDS: Readonly<Record<string, string>> = {
  'C#': `abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum
    event explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace new
    null object operator out override params private protected public readonly ref return sbyte sealed short sizeof stackalloc static
    string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual void volatile while`,
  'C++': `alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const constexpr const_cast
    continue decltype default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int
    long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast
    requires return short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try
    typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq`,
  Go: `break case chan const continue default defer else fallthrough for func go goto if import interface map package range return
    select struct switch type var`,
  Java: `abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally
    float for goto if implements import instanceof int interface long native new null package private protected public return short
    static strictfp super switch synchronized this throw throws transient try void volatile while true false`,
  Kotlin: `as break class continue do else false for fun if in interface is null object package return super this throw true try
    typealias typeof val var when while`,
  Python: `and as assert async await break class continue def del elif else except finally for from global if import in is lambda
    nonlocal not or pass raise return try while with yield`,
  Rust: `abstract as async await become box break const continue crate do dyn else enum extern false final fn for gen if impl in let
    loop macro match mod move mut override priv pub ref return self static struct super trait true try type typeof unsafe unsized
    use virtual where while yield`,
  TypeScript: `arguments await break case catch class const continue debugger default delete do else enum eval export extends false
    finally for function if implements import in instanceof interface let new null package private protected public return static
    super switch this throw true try typeof var void while with yield`,
};

/** The languages in which the word is a keyword, in the order of their names. */
export function languagesThatKeep(word: string): string[] {
  return Object.entries(KEYWORDS)
    .filter(([, words]) => words.split(/\s+/).includes(word))
    .map(([language]) => language);
}
