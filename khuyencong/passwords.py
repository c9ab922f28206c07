"""Django's rules for passwords, told in the words of the portal."""

from django.contrib.auth import password_validation as rules


class LongEnough(rules.MinimumLengthValidator):
    def get_error_message(self):
        return f"Mật khẩu quá ngắn: cần ít nhất {self.min_length} ký tự."

    def get_help_text(self):
        return f"Mật khẩu có ít nhất {self.min_length} ký tự."


class UnlikeThePerson(rules.UserAttributeSimilarityValidator):
    def get_error_message(self):
        return "Mật khẩu quá giống “%(verbose_name)s” của ông/bà."

    def get_help_text(self):
        return "Mật khẩu không được giống tên, thư điện tử của ông/bà."


class Uncommon(rules.CommonPasswordValidator):
    def get_error_message(self):
        return "Mật khẩu này nhiều người dùng, dễ bị đoán: đặt mật khẩu khác."

    def get_help_text(self):
        return "Mật khẩu không được là mật khẩu nhiều người dùng."


class NotOnlyDigits(rules.NumericPasswordValidator):
    def get_error_message(self):
        return "Mật khẩu không được chỉ gồm chữ số."

    def get_help_text(self):
        return "Mật khẩu không được chỉ gồm chữ số."
