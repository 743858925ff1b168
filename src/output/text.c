/* SPDX-License-Identifier: MIT */
/* Text and numbers as files have them: see text.h. */
#include "output/text.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned text_utf8(const char *text, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	unsigned count = bytes[0] < 0x80             ? 1
			 : (bytes[0] & 0xe0) == 0xc0 ? 2
			 : (bytes[0] & 0xf0) == 0xe0 ? 3
			 : (bytes[0] & 0xf8) == 0xf0 ? 4
						     : 0;

	if (count < 2) {
		*point = bytes[0];
		return count;
	}
	*point = bytes[0] & (0x7fU >> count);
	for (unsigned i = 1; i < count; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (bytes[i] & 0x3fU);
	}
	if (*point < least[count] || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return count;
}

char *text_repair(const char *text)
{
	char *copy = strdup(text);
	uint32_t point;

	for (char *at = copy; at && *at;) {
		unsigned bytes = text_utf8(at, &point);

		if (bytes == 0)
			*at = '?';
		at += bytes ? bytes : 1;
	}
	return copy;
}

static bool steers(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x061c ||
	       (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2060 && point <= 0x206f) || point == 0xfeff;
}

/* The signs that our own text uses. */
static const char *ascii(uint32_t point)
{
	switch (point) {
	case 0xb1:
		return "~";
	case 0xb5:
		return "u";
	case 0xb7:
	case 0x2013:
	case 0x2500:
		return "-";
	case 0xd7:
		return "x";
	case 0x2026:
		return "...";
	default:
		return "?";
	}
}

char *text_printable(const char *text, bool utf8)
{
	/* the longest replacement: three bytes for one character of three */
	char *copy = malloc(strlen(text) + 1), *to = copy;
	uint32_t point;

	while (copy && *text) {
		unsigned bytes = text_utf8(text, &point);

		if (bytes == 0 || steers(point)) {
			*to++ = '?';
			bytes = bytes ? bytes : 1;
		} else if (utf8 || bytes == 1) {
			memcpy(to, text, bytes);
			to += bytes;
		} else {
			to = stpcpy(to, ascii(point));
		}
		text += bytes;
	}
	if (copy)
		*to = '\0';
	return copy;
}

const char *text_brief(const char *text, char brief[TEXT_BRIEF_BYTES])
{
	size_t length = strlen(text), kept = length < TEXT_BRIEF_BYTES ? length : TEXT_BRIEF_BYTES - 4;

	for (size_t i = 0; i < kept; i++)
		brief[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	strcpy(brief + kept, kept < length ? "..." : "");
	return brief;
}

static locale_t plain_locale(void)
{
	static locale_t plain;

	if (!plain)
		plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	return plain;
}

const char *text_real(double value, char buffer[TEXT_REAL_BYTES])
{
	locale_t before = uselocale(plain_locale());

	snprintf(buffer, TEXT_REAL_BYTES, "%.15g", value);
	if (strtod(buffer, NULL) != value)
		snprintf(buffer, TEXT_REAL_BYTES, "%.17g", value);
	uselocale(before);
	return buffer;
}

/* Up to 15 digits and a power of ten up to 22 are exact as doubles, so that their quotient is rounded only once, which
 * is right: W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990. False for other numbers. */
static bool parse_short(const char *text, double *value)
{
	static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
					1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	bool negative = *text == '-', point = false;
	unsigned digits = 0, decimals = 0;
	uint64_t read = 0;

	for (text += negative; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
		if (*text == '.') {
			point = true;
			continue;
		}
		read = read * 10 + (uint64_t)(*text - '0');
		digits += read > 0;
		decimals += point;
		if (digits > 15 || decimals > 22)
			return false;
	}
	if (*text)
		return false;
	*value = (double)read / powers[decimals];
	if (negative)
		*value = -*value;
	return true;
}

int text_parse_real(const char *text, double *value)
{
	char *end;
	double read;

	if (!isdigit((unsigned char)text[text[0] == '-']))
		return -EINVAL;
	if (parse_short(text, value))
		return 0;
	if (strspn(text, "0123456789+-.eE") != strlen(text))
		return -EINVAL;
	read = strtod_l(text, &end, plain_locale());
	if (*end || !isfinite(read))
		return -EINVAL;
	*value = read;
	return 0;
}

int text_parse_whole(const char *text, uint64_t *value)
{
	uint64_t read = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || read > (UINT64_MAX - digit) / 10)
			return -EINVAL;
		read = read * 10 + digit;
	}
	*value = read;
	return 0;
}
